namespace MLPlatform.Core.Bees;

/// <summary>What servers took in for sources whose logs the server of another home keeps, until that one has fetched it.</summary>
public interface IForwardStore
{
    /// <summary>Durable when the task ends; forwards of one sender are fetched in the order they were put.</summary>
    Task PutAsync(string source, ForwardKind kind, byte[] body, CancellationToken cancel);

    /// <summary>The oldest for the sources that a home keeps.</summary>
    Task<IReadOnlyList<Forward>> ListAsync(string home, int limit, CancellationToken cancel);

    /// <summary>Forgets what was fetched.</summary>
    Task DeleteAsync(IReadOnlyCollection<long> numbers, CancellationToken cancel);

    /// <summary>Since when the oldest waits, whoever is to fetch it; null where nothing does.</summary>
    Task<DateTimeOffset?> FindOldestAsync(CancellationToken cancel);
}

/// <summary>One of them.</summary>
/// <param name="Number">Ascending.</param>
/// <param name="Source">The keeper of this source fetches it.</param>
/// <param name="At">When it was put.</param>
public sealed record Forward(long Number, string Source, ForwardKind Kind, byte[] Body, DateTimeOffset At);

/// <summary>What is in a forward.</summary>
public enum ForwardKind
{
    /// <summary>Impressions: batches of the source, as they go over the wire.</summary>
    Impressions,

    /// <summary>Counts of what was asked, to be added to the figures.</summary>
    Counts,

    /// <summary>Feedback on the deployment.</summary>
    Feedback,
}
