using MLPlatform.Core.Bees;

namespace MLPlatform.Bees.Sinks;

/// <summary>Where batches go. It knows how far each channel is durable, and that is the truth: an agent asks when it starts.</summary>
internal interface ISink : IAsyncDisposable
{
    /// <summary>How far channels are durable; one that is not among the answers has nothing. Null: it does not know the source, now.</summary>
    /// <exception cref="SinkException">It cannot be asked now.</exception>
    Task<IReadOnlyDictionary<string, long>?> PositionsAsync(string source, IReadOnlyCollection<string> channels, CancellationToken cancel);

    /// <summary>
    /// Makes batches ready to be sent, while others may still be on their way. What is returned sends them, once; it is called after
    /// those before have been answered, and the batches are not changed until it has ended.
    /// </summary>
    Sending Prepare(IReadOnlyList<OutgoingBatch> batches);
}

/// <summary>Makes prepared batches durable, those of one channel in their order, and answers for each.</summary>
/// <exception cref="SinkException">It is not known whether they are durable; sending them again does no harm.</exception>
internal delegate Task<IReadOnlyList<BatchAnswer>> Sending(CancellationToken cancel);

/// <summary>A batch to send.</summary>
internal sealed record OutgoingBatch(BatchHeader Header, BatchWriter Records);

/// <summary>The sink cannot be reached, or is out of space or of order: to be tried again.</summary>
/// <param name="code">A code from docs/diagnostics/bees.md.</param>
internal sealed class SinkException(string code, string message, Exception? inner = null) : Exception(message, inner)
{
    public string Code { get; } = code;
}
