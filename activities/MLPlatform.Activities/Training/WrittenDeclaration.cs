using System.Text.Json;
using MLPlatform.Core.Activities;
using MLPlatform.Vlps.Declarations;

namespace MLPlatform.Activities.Training;

/// <summary>The declaration of a model as it stands in a pipeline file, checked before a run as far as it is written out there.</summary>
internal static class WrittenDeclaration
{
    private const string Name = "declaration";

    /// <param name="inputs">Inputs, or parameters, with a <c>declaration</c> or without.</param>
    /// <returns>Problems with the codes that the training would fail with. Which fields there are is not known yet.</returns>
    public static IEnumerable<InputProblem> Check(JsonElement inputs)
    {
        if (!inputs.TryGetProperty(Name, out JsonElement written) || written.ValueKind == JsonValueKind.Null)
            return [];
        if (inputs.TryGetProperty("model", out JsonElement model) && model.ValueKind != JsonValueKind.Null)
            return [new InputProblem("ML-006", $"$.{Name}", "'model' and 'declaration' both say what the model is; leave one of them out")];
        if (HasExpression(written))
            return [];
        DeclarationReader.Read(written, null, out IReadOnlyList<DeclarationProblem> problems);
        return problems.Select(p => new InputProblem(p.Code, $"$.{Name}{p.Path[1..]}", p.Message));
    }

    private static bool HasExpression(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!.Contains("${{", StringComparison.Ordinal),
        JsonValueKind.Array => value.EnumerateArray().Any(HasExpression),
        JsonValueKind.Object => value.EnumerateObject().Any(p => HasExpression(p.Value)),
        _ => false,
    };
}
