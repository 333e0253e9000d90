using System.Text.Json;
using MLPlatform.Activities.Features;
using MLPlatform.Core.Activities;
using MLPlatform.Vlps.Declarations;
using MLPlatform.Vlps.Features;

namespace MLPlatform.Activities.Training;

/// <summary>The declaration of a model as it stands in a pipeline file, checked before a run as far as it is written out there.</summary>
internal static class WrittenDeclaration
{
    private const string Name = "declaration";

    /// <param name="inputs">Inputs, or parameters, with a <c>declaration</c> or without.</param>
    /// <param name="features">Where the features come from; null where the file does not say.</param>
    /// <returns>Problems with the codes that the training would fail with. Which fields there are is known where the features are written out in the same file.</returns>
    public static IEnumerable<InputProblem> Check(JsonElement inputs, WrittenOutput? features)
    {
        if (!inputs.TryGetProperty(Name, out JsonElement written) || written.ValueKind == JsonValueKind.Null)
            return [];
        if (inputs.TryGetProperty("model", out JsonElement model) && model.ValueKind != JsonValueKind.Null)
            return [new InputProblem("ML-006", $"$.{Name}", "'model' and 'declaration' both say what the model is; leave one of them out")];
        if (HasExpression(written))
            return [];
        DeclarationReader.Read(written, FieldsOf(features), out IReadOnlyList<DeclarationProblem> problems);
        return problems.Select(p => new InputProblem(p.Code, $"$.{Name}{p.Path[1..]}", p.Message));
    }

    // Each feature is a field, and what it is called follows from its declaration alone.
    private static SampleNames? FieldsOf(WrittenOutput? features)
    {
        if (features is not { Type: BuildFeatures.Type, Output: "features" } || !features.Inputs.TryGetProperty("features", out JsonElement declared) || HasExpression(declared))
            return null;
        try
        {
            return declared.Deserialize<FeatureDeclaration[]>(ActivityJson.Options) is { } read && FeatureNames.Of(read) is { } names ? new SampleNames(names, []) : null;
        }
        catch (JsonException)
        {
            return null; // Told where they are declared.
        }
    }

    /// <summary>Whether a declaration that is written out has towers.</summary>
    public static bool HasTowers(JsonElement inputs) =>
        inputs.TryGetProperty(Name, out JsonElement written) && written.ValueKind == JsonValueKind.Object && !HasExpression(written)
        && DeclarationReader.Read(written, null, out _)?.HasTowers == true;

    private static bool HasExpression(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!.Contains("${{", StringComparison.Ordinal),
        JsonValueKind.Array => value.EnumerateArray().Any(HasExpression),
        JsonValueKind.Object => value.EnumerateObject().Any(p => HasExpression(p.Value)),
        _ => false,
    };
}
