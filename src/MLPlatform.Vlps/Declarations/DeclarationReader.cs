using System.Text.Json;

namespace MLPlatform.Vlps.Declarations;

/// <summary>Reads the declaration of a model, or says all that is wrong with it.</summary>
public static class DeclarationReader
{
    /// <summary>Reads what somebody wrote.</summary>
    /// <param name="value">A model's name, or an object.</param>
    /// <param name="names">Fields and numbers that the samples have; null where that is not known yet.</param>
    /// <param name="problems">What is wrong, settings that the model never reads included; empty if all is well.</param>
    /// <returns>The declaration, or null.</returns>
    public static ModelDeclaration? Read(JsonElement value, SampleNames? names, out IReadOnlyList<DeclarationProblem> problems) =>
        Read(value, names, refuseIdle: true, out problems);

    /// <summary>Reads what a model folder keeps. Earlier versions kept settings that the model never reads, so these are no mistake there.</summary>
    public static ModelDeclaration? ReadKept(JsonElement value, SampleNames? names, out IReadOnlyList<DeclarationProblem> problems) =>
        Read(value, names, refuseIdle: false, out problems);

    private static ModelDeclaration? Read(JsonElement value, SampleNames? names, bool refuseIdle, out IReadOnlyList<DeclarationProblem> problems)
    {
        var found = new List<DeclarationProblem>();
        problems = found;
        if (value.ValueKind == JsonValueKind.String)
        {
            DeclarationJson.Check(value, typeof(ModelName), "$", found);
            return found.Count == 0 ? new ModelDeclaration { Model = value.Deserialize<ModelName>(DeclarationJson.Options) } : null;
        }
        if (value.ValueKind == JsonValueKind.Object)
            DeclarationJson.Check(value, typeof(ModelDeclaration), "$", found);
        else
            found.Add(new("VLPS-002", "$", "a model is a name, or an object with 'model' or 'parts'"));
        if (found.Count > 0)
            return null;
        var declared = JsonSerializer.Deserialize<ModelDeclaration>(WithoutSchema(value), DeclarationJson.Options)!;
        found.AddRange(DeclarationCheck.Of(declared, names));
        if (refuseIdle)
            found.AddRange(IdleSettings.In(value, declared));
        return found.Count == 0 ? declared : null;
    }

    /// <summary>The declaration as JSON, without defaults that the model never reads, such as layers of one that has none.</summary>
    public static JsonElement Write(ModelDeclaration declaration) =>
        IdleSettings.Without(WriteAll(declaration), declaration, idle => idle.Place is ["layers"] or ["crossLayers"] or ["tasks", int, "temperature"]);

    /// <summary>Whether two declarations are the same model, whatever they say that it never reads.</summary>
    public static bool AreSame(ModelDeclaration one, ModelDeclaration other) => WhatIsRead(one).GetRawText() == WhatIsRead(other).GetRawText();

    /// <summary>In which settings that are read a model and what is asked for differ, in words.</summary>
    internal static IReadOnlyList<string> Differences(ModelDeclaration model, ModelDeclaration asked) => [.. DeclarationDifferences.Of(WhatIsRead(model), WhatIsRead(asked))];

    private static JsonElement WhatIsRead(ModelDeclaration declaration) => IdleSettings.Without(WriteAll(declaration), declaration, _ => true);

    private static JsonElement WriteAll(ModelDeclaration declaration) => JsonSerializer.SerializeToElement(declaration, DeclarationJson.Options);

    private static byte[] WithoutSchema(JsonElement value) =>
        JsonSerializer.SerializeToUtf8Bytes(value.EnumerateObject().Where(p => p.Name != "$schema").DistinctBy(p => p.Name).ToDictionary(p => p.Name, p => p.Value));
}

/// <summary>What the samples of a training have, by name.</summary>
/// <param name="Fields">Fields of ids.</param>
/// <param name="Numbers">Numbers.</param>
public sealed record SampleNames(IReadOnlyCollection<string> Fields, IReadOnlyCollection<string> Numbers);
