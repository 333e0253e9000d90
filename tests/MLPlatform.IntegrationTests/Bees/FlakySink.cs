using MLPlatform.Bees.Sinks;
using MLPlatform.Core.Bees;

namespace MLPlatform.IntegrationTests.Bees;

/// <summary>How a sink is to fail.</summary>
internal sealed class Faults
{
    /// <summary>So many times more.</summary>
    public int Left { get; set; }

    /// <summary>So many times it works before.</summary>
    public int Pass { get; set; }

    /// <summary>After it has stored what it was given, not before.</summary>
    public bool After { get; set; }
}

/// <summary>A sink that fails as often as it is told to.</summary>
internal sealed class FlakySink(ISink sink, Faults faults) : ISink
{
    public Task<IReadOnlyDictionary<string, long>?> PositionsAsync(string source, IReadOnlyCollection<string> channels, CancellationToken cancel) =>
        sink.PositionsAsync(source, channels, cancel);

    public Sending Prepare(IReadOnlyList<OutgoingBatch> batches)
    {
        Sending send = sink.Prepare(batches);
        return async cancel =>
        {
            bool fails = faults.Left > 0 && faults.Pass-- <= 0;
            if (fails)
                faults.Left--;
            IReadOnlyList<BatchAnswer> answers = faults.After || !fails ? await send(cancel) : [];
            return fails ? throw new SinkException("BEES-010", "the cable is out") : answers;
        };
    }

    public ValueTask DisposeAsync() => sink.DisposeAsync();
}
