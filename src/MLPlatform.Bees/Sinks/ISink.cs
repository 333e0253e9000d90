using MLPlatform.Core.Bees;

namespace MLPlatform.Bees.Sinks;

/// <summary>Where batches go. It knows how far each channel is durable, and that is the truth: an agent asks when it starts.</summary>
internal interface ISink : IAsyncDisposable
{
    /// <summary>How far channels are durable; one that is not among the answers has nothing. Null: it does not know the source, now.</summary>
    /// <exception cref="SinkException">It cannot be asked now.</exception>
    Task<IReadOnlyDictionary<string, long>?> PositionsAsync(string source, IReadOnlyCollection<string> channels, CancellationToken cancel);

    /// <summary>Makes batches durable, those of one channel in their order, and answers for each.</summary>
    /// <exception cref="SinkException">It is not known whether they are durable; sending them again does no harm.</exception>
    Task<IReadOnlyList<BatchAnswer>> SendAsync(IReadOnlyList<OutgoingBatch> batches, CancellationToken cancel);
}

/// <summary>A batch to send.</summary>
internal sealed record OutgoingBatch(BatchHeader Header, BatchWriter Records);

/// <summary>The sink cannot be reached, or is out of space or of order: to be tried again.</summary>
/// <param name="code">A code from docs/diagnostics/bees.md.</param>
internal sealed class SinkException(string code, string message, Exception? inner = null) : Exception(message, inner)
{
    public string Code { get; } = code;
}
