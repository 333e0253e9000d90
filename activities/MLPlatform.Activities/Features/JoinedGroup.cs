using System.ComponentModel;
using MLPlatform.Activities.Tables;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Features;

namespace MLPlatform.Activities.Features;

/// <summary>The values of a group, and how rows find them.</summary>
public sealed record JoinedGroup
{
    [Description("The values: the output table of features.aggregate.")]
    public required ArtifactRef Features { get; init; }

    [Description("For each key of the entity the column of the labels that holds it. Default: the column of the same name.")]
    public IReadOnlyDictionary<string, string> Keys { get; init; } = new Dictionary<string, string>();

    [Description("The features to take. Default: all.")]
    public IReadOnlyList<string>? Select { get; init; }

    [Description("Put before the names of the features. Default: nothing.")]
    public string Prefix { get; init; } = "";
}

/// <summary>A group of a join with its declaration, its columns checked against those of the labels.</summary>
internal sealed record ResolvedGroup(string Relation, FeatureTableFacts Facts, IReadOnlyList<string> LabelKeys, IReadOnlyList<PlannedFeature> Features, string Prefix)
{
    public string Id => Facts.Group.Id;

    public string ColumnOf(PlannedFeature feature) => DuckSession.Name(Prefix + feature.Name);

    public static ResolvedGroup Of(JoinedGroup group, int number, FeatureTableFacts facts, IReadOnlyList<(string Name, string Type)> labels)
    {
        string id = facts.Group.Id;
        if (group.Keys.Keys.FirstOrDefault(k => facts.Group.Entity.All(e => e.Name != k)) is { } noKey)
            throw DataErrors.Bad("FEAT-021", $"The group '{id}' has no key '{noKey}'. It has {DataErrors.Some(facts.Group.Entity.Select(e => e.Name))}.");
        List<string> keys = [];
        foreach (EntityKey key in facts.Group.Entity)
        {
            string column = group.Keys.GetValueOrDefault(key.Name, key.Name);
            string type = labels.FirstOrDefault(c => c.Name == column).Type
                ?? throw DataErrors.Bad("FEAT-021", $"The labels have no column '{column}' for the key '{key.Name}' of the group '{id}'.{DataErrors.DidYouMean(column, labels.Select(c => c.Name))} Name one in 'keys'.");
            if (type != GroupSource.DuckType(key.Type))
                throw DataErrors.Bad("FEAT-021", $"The labels' column '{column}' is {type}; the key '{key.Name}' of the group '{id}' is {GroupSource.DuckType(key.Type)}. Cast it with data.sql.");
            keys.Add(column);
        }
        IReadOnlyList<PlannedFeature> all = PlannedFeature.AllOf(facts.Group);
        IReadOnlyList<PlannedFeature> chosen = group.Select is null ? all : [.. group.Select.Select(name => all.FirstOrDefault(f => f.Name == name)
            ?? throw DataErrors.Bad("FEAT-023", $"The group '{id}' has no feature '{name}'.{DataErrors.DidYouMean(name, all.Select(f => f.Name))} It has {DataErrors.Some(all.Select(f => f.Name))}."))];
        return new ResolvedGroup($"group{number}", facts, keys, chosen, group.Prefix);
    }
}
