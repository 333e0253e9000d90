namespace MLPlatform.Core.Features;

/// <summary>
/// The newest values of feature groups for serving. A publication becomes visible as a whole, and readers see all of one
/// publication or all of another, never a mixture.
/// </summary>
public interface IOnlineStore
{
    /// <summary>
    /// Writes a publication and lets it take the place of the one before. What was written by an attempt that did not come
    /// to its end is never seen and is removed later. Publishing the same again changes nothing.
    /// </summary>
    /// <param name="batches">The rows, read only if they are needed.</param>
    Task<SwapResult> PublishAsync(OnlinePublication publication, IAsyncEnumerable<IReadOnlyList<OnlineRow>> batches, CancellationToken cancel);

    /// <summary>What is published, by group and version.</summary>
    Task<IReadOnlyList<OnlinePublication>> ListAsync(CancellationToken cancel);

    /// <summary>The publication of a version, or null; the newest version where none is named.</summary>
    Task<OnlinePublication?> FindAsync(string group, int? version, CancellationToken cancel);

    /// <summary>The values under the keys, in their order, all of one publication; null where nothing is published.</summary>
    Task<OnlineRead?> ReadAsync(string group, int? version, IReadOnlyList<string> keys, CancellationToken cancel);
}

/// <summary>What serving is to know of a group.</summary>
/// <param name="Table">The hash of the artifact that the values come from.</param>
/// <param name="AsOf">The instant as of which the values are known.</param>
/// <param name="GroupJson">The group's declaration.</param>
/// <param name="Entities">How many entities have values.</param>
public sealed record OnlinePublication(
    string Group, int Version, string Table, DateTimeOffset AsOf, string GroupJson, long Entities, DateTimeOffset PublishedAt);

/// <param name="Key">The entity's keys as a JSON list.</param>
/// <param name="EventTime">When the newest known event happened, in microseconds since 1970.</param>
/// <param name="Values">The features in the group's order as a JSON list.</param>
public sealed record OnlineRow(string Key, long EventTime, string Values);

/// <param name="Rows">For each key its row, or null where the entity is unknown.</param>
public sealed record OnlineRead(OnlinePublication Publication, IReadOnlyList<OnlineRow?> Rows);

public enum SwapResult
{
    /// <summary>It is what readers see now.</summary>
    Published,

    /// <summary>Readers see the same already.</summary>
    AlreadyThere,

    /// <summary>Readers see something known as of a later instant; nothing was changed.</summary>
    Older,
}
