using MLPlatform.Core.Pipelines;
using MLPlatform.Core.Pipelines.Source;

namespace MLPlatform.Core.Features;

/// <summary>What the types of a feature group cannot say.</summary>
internal static class FeatureGroupChecks
{
    /// <summary>The columns that the platform adds: when the newest event happened, and since when it was known.</summary>
    public static readonly string[] Reserved = [FeatureColumns.EventTime, FeatureColumns.ArrivalTime];

    public static void Check(FeatureGroup group, SourceNode root, DiagnosticList problems)
    {
        CheckNames(root, problems);
        SourceNode entity = root.Find("entity")!;
        for (int i = 0; i < group.Entity.Count; i++)
        {
            if (group.Entity[i].Type is not (FeatureType.String or FeatureType.Int64))
                problems.Error("FEAT-003", entity.Children[i], $"the entity key \"{group.Entity[i].Name}\" must be string or int64");
        }
        if (group.Ttl is { } ttl)
            CheckLength(ttl, root.Find("ttl")!, problems);
        SourceNode features = root.Find("features")!;
        for (int i = 0; i < group.Features.Count; i++)
            CheckFeature(group.Features[i], features.Children[i], problems);
    }

    private static void CheckNames(SourceNode root, DiagnosticList problems)
    {
        Dictionary<string, string> seen = Reserved.ToDictionary(r => r, _ => "is a column that the platform adds", StringComparer.OrdinalIgnoreCase);
        foreach (SourceNode named in root.Find("entity")!.Children.Concat(root.Find("features")!.Children).Select(n => n.Find("name")!))
        {
            if (!Names.IsParameter(named.Text!))
                problems.Error("FEAT-001", named, $"\"{named.Text}\" cannot be the name of an entity key or a feature", "Use a letter or _ first, then letters, digits and _, 64 at most.");
            else if (!seen.TryAdd(named.Text!, "occurs twice"))
                problems.Error("FEAT-002", named, $"the name \"{named.Text}\" {seen[named.Text!]}", "Name it otherwise; upper and lower case are the same.");
        }
    }

    private static void CheckFeature(GroupFeature feature, SourceNode node, DiagnosticList problems)
    {
        if (feature.Aggregate is not { } aggregate)
        {
            if (feature.Type is null)
                problems.Error("FEAT-004", node, $"the feature \"{feature.Name}\" needs a \"type\"", "A plain column says string, int64, double, bool or timestamp; or give an \"aggregate\".");
            return;
        }
        SourceNode at = node.Find("aggregate")!;
        if (feature.Column is not null)
            problems.Error("FEAT-004", node.Find("column")!, "an aggregate names its column itself", "Move \"column\" into \"aggregate\".");
        if (aggregate.Op == AggregateOp.Last ? feature.Type is null : feature.Type is not null)
            problems.Error("FEAT-004", node.Find("type") ?? node, aggregate.Op == AggregateOp.Last ? $"last needs the \"type\" of its column" : $"the type of an aggregate is known: leave \"type\" out");
        if (aggregate.Op != AggregateOp.Count && aggregate.Column is null)
            problems.Error("FEAT-004", at, "this aggregate needs a \"column\"");
        if (aggregate.K is not null && aggregate.Op != AggregateOp.TopK)
            problems.Error("FEAT-004", at.Find("k")!, "\"k\" is for topK alone");
        CheckLength(aggregate.Window, at.Find("window")!, problems);
    }

    private static void CheckLength(TimeSpan length, SourceNode node, DiagnosticList problems)
    {
        if (length < TimeSpan.FromSeconds(1) || length > TimeSpan.FromDays(36_525))
            problems.Error("FEAT-005", node, $"\"{node.Text}\" must be from one second to a hundred years");
    }
}

/// <summary>The columns that every table of feature values has beside the entity and the features.</summary>
public static class FeatureColumns
{
    /// <summary>When the newest event that is known happened.</summary>
    public const string EventTime = "event_time";

    /// <summary>The first instant at which the row's values were what was known.</summary>
    public const string ArrivalTime = "arrival_time";
}
