using System.Text.Json;
using MLPlatform.Core.Features;
using MLPlatform.Core.Pipelines;
using MLPlatform.Server.Describe;

namespace MLPlatform.Server.Features;

/// <summary>A feature group's file as a client sends it.</summary>
/// <param name="Group">The file: its text as a string, which keeps line numbers right, or the object itself.</param>
/// <param name="FileName">What problems call it. Default: group.json.</param>
public sealed record FeatureGroupSource(JsonElement Group, string? FileName = null);

/// <summary>What is wrong with a feature group's file.</summary>
public sealed record FeatureGroupValidation(bool Valid, string? Group, int? Version, IReadOnlyList<Diagnostic> Diagnostics);

/// <summary>A registered version of a group.</summary>
public sealed record FeatureGroupView(string Group, int Version, string Hash, string AppliedBy, DateTimeOffset AppliedAt, JsonElement File)
{
    internal static FeatureGroupView From(RegisteredGroup g) => new(g.Group, g.Version, g.Hash, g.AppliedBy, g.AppliedAt, RawJson.Read(g.FileJson)!.Value);
}

/// <summary>A table of a group's values and what they look like.</summary>
/// <param name="Number">From 1 for each version of a group.</param>
/// <param name="Through">The last arrival that it knows of.</param>
public sealed record FeatureTableView(int Number, string Table, DateTimeOffset? Through, DateTimeOffset CreatedAt, IReadOnlyList<FeatureStatistics> Features);

/// <summary>What the values of one feature look like.</summary>
/// <param name="MissingRate">Of the table's rows, the share without a value.</param>
/// <param name="Drift">The population stability index against the table before; absent for the first. Above 0.25 much has moved.</param>
/// <param name="Ks">The largest distance to the distribution of the table before; absent for the first and for texts.</param>
public sealed record FeatureStatistics(FeatureProfile Profile, double MissingRate, double? Drift, double? Ks);

/// <summary>What serving knows of a group.</summary>
/// <param name="AsOf">The instant as of which the values were known.</param>
public sealed record PublicationView(string Group, int Version, string Table, DateTimeOffset AsOf, long Entities, DateTimeOffset PublishedAt)
{
    internal static PublicationView From(OnlinePublication p) => new(p.Group, p.Version, p.Table, p.AsOf, p.Entities, p.PublishedAt);
}

/// <summary>The entities whose values are wanted.</summary>
/// <param name="Keys">Objects with the keys of the group, 1000 at most.</param>
/// <param name="Version">The group's version. Default: the newest that is published.</param>
/// <param name="Features">The features that are wanted. Default: all.</param>
public sealed record OnlineRequest(IReadOnlyList<JsonElement> Keys, int? Version = null, IReadOnlyList<string>? Features = null);

/// <summary>Values, all of one publication.</summary>
/// <param name="Entities">In the order of the keys.</param>
public sealed record OnlineView(string Group, int Version, DateTimeOffset AsOf, IReadOnlyList<OnlineEntityView> Entities);

/// <summary>The values of one entity.</summary>
/// <param name="Known">Whether anything is known about it; if not, all values are null.</param>
/// <param name="EventTime">When the newest known event happened.</param>
public sealed record OnlineEntityView(JsonElement Keys, bool Known, DateTimeOffset? EventTime, IReadOnlyDictionary<string, JsonElement> Values);
