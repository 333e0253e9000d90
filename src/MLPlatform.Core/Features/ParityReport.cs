namespace MLPlatform.Core.Features;

/// <summary>How offline and online values compare.</summary>
/// <param name="Entities">Entities that were looked at: all that the table knows.</param>
/// <param name="Values">Values that were compared.</param>
/// <param name="Different">Values that differ in a bit, or are on one side only.</param>
/// <param name="Examples">The first few of them.</param>
public sealed record ParityReport(string Group, int Version, DateTimeOffset AsOf, long Entities, long Values, long Different, IReadOnlyList<string> Examples);
