using System.Text.Json;
using MLPlatform.Core.Deployments;
using MLPlatform.Vlps;
using MLPlatform.Vlps.Models;
using MLPlatform.Vlps.Rows;

namespace MLPlatform.Server.Deployments;

/// <summary>A request that was answered, on its way into the log of impressions. It holds a use of what it was answered by.</summary>
/// <param name="Rows">The raw rows, where they came as JSON.</param>
internal abstract record AnsweredRequest(
    ServedDeployment Served, string RequestId, string? Key, ServingRoute Route, DateTimeOffset At, TimeSpan Took, ColumnBatch Batch, IReadOnlyList<JsonElement>? Rows)
{
    /// <summary>Whether the version could not answer it: counted, and no impression.</summary>
    public bool Failed { get; init; }

    /// <summary>How many impressions it may become, those of shadows aside.</summary>
    public abstract int Size { get; }

    /// <summary>Whether every score is a number.</summary>
    public abstract bool IsFinite { get; }

    /// <summary>The impressions of the version that answered.</summary>
    public abstract IEnumerable<Impression> Impressions();

    /// <summary>The impressions that a shadow would have made.</summary>
    /// <exception cref="VlpsException">The rows do not fit it.</exception>
    public abstract IEnumerable<Impression> ImpressionsOf(ModelFolder shadow);
}

/// <summary>Something that somebody was shown.</summary>
/// <param name="RequestId">With the item, what feedback is joined by.</param>
/// <param name="Row">The row of the request.</param>
internal readonly record struct Impression(string RequestId, string Item, int Row, float Score)
{
    /// <summary>A hash of the row's features; null where it was found.</summary>
    public ulong? Features { get; init; }

    /// <summary>Where it was shown and how likely that was, where the request asked for a choice.</summary>
    public ShownRow? Shown { get; init; }

    /// <summary>The place in the list of a row, from 1; null where the row was scored.</summary>
    public int? Rank { get; init; }

    public SeenImpression ToSeen(int version, DateTimeOffset at, bool shadow) => new(
        JoinKey.Of(RequestId, Item), version, Score, at, shadow, Rank is { } rank ? new FoundPlace(JoinKey.OfRequest(RequestId), rank) : null);
}
