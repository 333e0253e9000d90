using System.Text.Json;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Expressions;
using MLPlatform.Core.Pipelines.Checks;
using MLPlatform.Core.Pipelines.Shapes;
using MLPlatform.Core.Pipelines.Source;

namespace MLPlatform.Core.Pipelines;

/// <summary>Something that an expression may read.</summary>
/// <param name="Text">As it is written: <c>activities.train.outputs.auc</c>.</param>
/// <param name="Type">The JSON type of what it gives: string, integer, number, boolean, array, object or any; of artifacts <c>artifact</c>. Null where it is known only at run time.</param>
/// <param name="Flow">What flows out of an output; of anything else a value.</param>
/// <param name="Fits">False where the place can never take it.</param>
public sealed record ScopeName(string Text, string? Type, PortKind Flow, string? Description, bool Fits);

/// <summary>A place in a pipeline file whose expressions somebody writes.</summary>
/// <param name="Activity">Whose inputs or conditions it is; null for outputs and defaults.</param>
/// <param name="Input">The input that takes the value, where it takes the whole of it.</param>
public sealed record ScopePlace(ExpressionPlace Place, string? Activity, string? Input = null);

/// <summary>What is in scope in a place, by the same rules by which the compiler checks: a draft with mistakes has a scope, too.</summary>
public static class PipelineScope
{
    /// <param name="models">Registered models with one of their aliases each.</param>
    /// <returns>Null where the text is no JSON object; else all that may be read, what fits first, in the file's order.</returns>
    public static IReadOnlyList<ScopeName>? Of(ReadOnlyMemory<byte> utf8, ActivityCatalog catalog, ScopePlace place, IEnumerable<(string Model, string Alias)> models)
    {
        SourceFile source = new(utf8, "pipeline.json");
        DiagnosticList unheard = new(source);
        if (SourceReader.Read(source, unheard) is not { Kind: JsonValueKind.Object } root)
            return null;
        PipelineNames names = PipelineNames.Of(root, catalog);
        int? activity = place.Activity is null ? null : names.FindActivity(place.Activity);
        Shape? wanted = Wanted(place, activity is { } index ? names.Activities[index] : null);
        bool fansOut = activity is { } own && names.Activities[own].FansOut;
        List<ScopeName> found = [];
        foreach ((string text, PortKind flow, string? description) in Names(names, Waiting(root, names, activity, unheard)).Concat(Models(models)))
        {
            var syntax = ExpressionSyntax.Parse(text);
            if (syntax.References is not [var reference] || ExpressionPlaces.WhyNot(reference, place.Place, fansOut) is not null)
                continue;
            Shape? given = ExpressionTypes.Of(syntax, names);
            found.Add(new ScopeName(text, given is null ? null : ActivityPorts.JsonOf(given), flow, description, given is null || wanted is null || ExpressionTypes.Fits(given, wanted)));
        }
        return [.. found.Where(f => f.Fits), .. found.Where(f => !f.Fits)];
    }

    private static IEnumerable<(string Text, PortKind Flow, string? Description)> Names(PipelineNames names, bool[] waiting)
    {
        yield return ("item", PortKind.Value, null);
        yield return ("index", PortKind.Value, null);
        foreach (string parameter in names.Parameters.Keys)
            yield return ($"parameters{Member(parameter)}", PortKind.Value, null);
        for (int i = 0; i < names.Activities.Count; i++)
        {
            if (waiting[i])
                continue;
            NamedActivity activity = names.Activities[i];
            string start = $"activities{Member(activity.Name)}";
            foreach (ActivityPort output in activity.Descriptor is { } type ? ActivityPorts.Outputs(type) ?? [] : [])
                yield return ($"{start}.outputs{Member(output.Name)}", output.Kind, output.Description);
            if (activity.Descriptor?.OutputsType is null)
                yield return ($"{start}.outputs", PortKind.Value, null);
            yield return ($"{start}.status", PortKind.Value, null);
        }
        yield return ("trigger.type", PortKind.Value, null);
        yield return ("trigger.logicalDate", PortKind.Value, null);
        yield return ("run.id", PortKind.Value, null);
        yield return ("run.pipeline", PortKind.Value, null);
    }

    private static IEnumerable<(string Text, PortKind Flow, string? Description)> Models(IEnumerable<(string Model, string Alias)> models) =>
        models.Select(m => ($"models[{Quoted(m.Model)}]{Member(m.Alias)}", PortKind.Model, (string?)null));

    // The activity itself and all that waits for it, through others too: they would wait for each other.
    private static bool[] Waiting(SourceNode root, PipelineNames names, int? activity, DiagnosticList unheard)
    {
        bool[] waiting = new bool[names.Activities.Count];
        if (activity is not { } own)
            return waiting;
        ActivityGraph graph = new([.. names.Activities.Select(a => a.Name)], unheard);
        new ActivityChecks(names, graph, unheard).Check(root);
        ILookup<int, int> waits = Enumerable.Range(0, waiting.Length).SelectMany(from => graph.Needs(from).Select(needed => (from, needed))).ToLookup(e => e.needed, e => e.from);
        Stack<int> todo = new([own]);
        while (todo.TryPop(out int at))
        {
            if (waiting[at])
                continue;
            waiting[at] = true;
            foreach (int next in waits[at])
                todo.Push(next);
        }
        return waiting;
    }

    private static Shape? Wanted(ScopePlace place, NamedActivity? activity) => place.Place switch
    {
        ExpressionPlace.When => ShapeOf.Get(typeof(bool)),
        ExpressionPlace.ForEach => ShapeOf.Get(typeof(JsonElement[])),
        ExpressionPlace.Inputs when place.Input is { } input && activity?.Descriptor is { } type => ShapeOf.Get(type.InputsType).Properties.GetValueOrDefault(input)?.Shape,
        _ => null,
    };

    private static string Member(string name) => IsIdentifier(name) ? "." + name : $"[{Quoted(name)}]";

    // Within JSON, so that no double quotes are to be escaped.
    private static string Quoted(string name) => "'" + name.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal) + "'";

    private static bool IsIdentifier(string name) =>
        name.Length > 0 && (char.IsAsciiLetter(name[0]) || name[0] is '_' or '$') && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '$');
}
