using System.Text.Json;

namespace MLPlatform.Vlps.Declarations;

/// <summary>Reads the declaration of a model, or says all that is wrong with it.</summary>
public static class DeclarationReader
{
    /// <param name="value">A model's name, or an object.</param>
    /// <param name="names">Fields and numbers that the samples have; null where that is not known yet.</param>
    /// <param name="problems">What is wrong; empty if all is well.</param>
    /// <returns>The declaration, or null.</returns>
    public static ModelDeclaration? Read(JsonElement value, SampleNames? names, out IReadOnlyList<DeclarationProblem> problems)
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
        return found.Count == 0 ? declared : null;
    }

    /// <summary>The declaration as JSON.</summary>
    public static JsonElement Write(ModelDeclaration declaration) => JsonSerializer.SerializeToElement(declaration, DeclarationJson.Options);

    private static byte[] WithoutSchema(JsonElement value) =>
        JsonSerializer.SerializeToUtf8Bytes(value.EnumerateObject().Where(p => p.Name != "$schema").ToDictionary(p => p.Name, p => p.Value));
}

/// <summary>What the samples of a training have, by name.</summary>
/// <param name="Fields">Fields of ids.</param>
/// <param name="Numbers">Numbers.</param>
public sealed record SampleNames(IReadOnlyCollection<string> Fields, IReadOnlyCollection<string> Numbers);
