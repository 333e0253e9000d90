using System.Text.Json;
using System.Text.Json.Nodes;
using MLPlatform.Vlps.Tables;

namespace MLPlatform.Vlps.Declarations;

/// <summary>A setting that a declared model never reads, whether it is given or not.</summary>
/// <param name="Place">Where it stands: names, and items of lists by their number.</param>
/// <param name="Why">Why the model does not read it.</param>
internal sealed record IdleSetting(IReadOnlyList<object> Place, string Why);

/// <summary>The settings that a declared model never reads. Who gives one expects something of it that does not come.</summary>
internal static class IdleSettings
{
    /// <summary>All that the model never reads.</summary>
    public static IEnumerable<IdleSetting> Of(ModelDeclaration declared)
    {
        ModelDeclaration full = NamedModels.Expand(declared);
        if (full.Parts.Count == 0)
            return []; // It is no model yet, and told to be none.
        string whose = declared.Parts.Count == 0 && declared.Model is { } name ? $"'{DeclarationJson.NameOf(name)}'" : "this model";
        return [.. OfModel(declared, full, whose), .. OfFields(full, whose), .. OfTasks(full)];
    }

    /// <summary>Those that stand in a declaration as it was written.</summary>
    public static IEnumerable<DeclarationProblem> In(JsonElement written, ModelDeclaration declared) =>
        Of(declared).Where(idle => Stands(written, idle.Place)).Select(idle => new DeclarationProblem(
            "VLPS-007", DeclarationPath.Of(idle.Place), $"'{idle.Place[^1]}' would do nothing: {idle.Why}; leave it out"));

    /// <summary>A declaration without them.</summary>
    /// <param name="which">Which of them to leave out.</param>
    public static JsonElement Without(JsonElement written, ModelDeclaration declared, Func<IdleSetting, bool> which)
    {
        JsonNode root = JsonObject.Create(written)!;
        foreach (IdleSetting idle in Of(declared).Where(idle => which(idle) && Stands(written, idle.Place)))
        {
            JsonNode parent = idle.Place.SkipLast(1).Aggregate(root, (at, step) => step is int item ? at[item]! : at[(string)step]!);
            parent.AsObject().Remove((string)idle.Place[^1]);
        }
        return JsonSerializer.SerializeToElement(root);
    }

    private static IEnumerable<IdleSetting> OfModel(ModelDeclaration declared, ModelDeclaration full, string whose)
    {
        bool parts = declared.Parts.Count > 0;
        if (parts && !(declared.Model is ModelName.Esmm or ModelName.TwoTower && declared.Tasks.Count == 0))
            yield return new(["model"], "'parts' say what the model is");
        if (!full.Parts.Any(p => p.Part == PartKind.Perceptron && (!parts || p.Layers is null)))
            yield return new(["layers"], parts ? "no perceptron in 'parts' is without layers of its own" : $"{whose} has no perceptron");
        if (parts || !full.Parts.Any(p => p.Part == PartKind.Cross))
            yield return new(["crossLayers"], parts ? "each cross in 'parts' has its own" : $"{whose} has no cross layers");
    }

    private static IEnumerable<IdleSetting> OfFields(ModelDeclaration full, string whose)
    {
        bool factors = full.Parts.Any(p => p.Part != PartKind.Linear);
        RowOptimizer common = full.Fields.Optimizer ?? RowOptimizer.Adagrad;
        (object[] Place, IEnumerable<RowOptimizer> Optimizers)[] blocks =
        [
            (["fields"], [common, .. full.Except.Values.Select(e => e.Optimizer).OfType<RowOptimizer>()]),
            .. full.Except.Select(e => (new object[] { "except", e.Key }, (IEnumerable<RowOptimizer>)[e.Value.Optimizer ?? common])),
        ];
        foreach ((object[] place, IEnumerable<RowOptimizer> optimizers) in blocks)
        {
            foreach (string name in factors ? [] : new[] { "dim", "precision", "factorScale" })
                yield return new([.. place, name], $"{whose} has one weight for each id, and no factors");
            if (optimizers.All(o => o is RowOptimizer.Adam or RowOptimizer.LazyAdam))
                yield return new([.. place, "firstSquares"], "adam has no sums of squares to begin with");
            if (optimizers.All(o => o != RowOptimizer.Ftrl))
                yield return new([.. place, "l1"], "only the optimizer ftrl reads it");
        }
    }

    private static IEnumerable<IdleSetting> OfTasks(ModelDeclaration full) =>
        full.Tasks.Select((task, i) => (task, i)).Where(t => t.task.Towers is null).Select(t => new IdleSetting(["tasks", t.i, "temperature"], "only a task with 'towers' reads it"));

    private static bool Stands(JsonElement written, IReadOnlyList<object> place)
    {
        JsonElement at = written;
        foreach (object step in place)
        {
            if (step is int item && at.ValueKind == JsonValueKind.Array && item < at.GetArrayLength())
                at = at[item];
            else if (step is not string name || at.ValueKind != JsonValueKind.Object || !at.TryGetProperty(name, out at))
                return false;
        }
        return at.ValueKind != JsonValueKind.Null;
    }
}
