using MLPlatform.Bees.Sinks;
using MLPlatform.Core.Bees;

namespace MLPlatform.IntegrationTests.Bees;

/// <summary>A sink that fails as often as it is told to, before or after it has stored what it was given.</summary>
internal sealed class FlakySink(ISink sink) : ISink
{
    public int Failures { get; set; }

    public bool After { get; set; }

    public Task<IReadOnlyDictionary<string, long>?> PositionsAsync(string source, IReadOnlyCollection<string> channels, CancellationToken cancel) =>
        sink.PositionsAsync(source, channels, cancel);

    public async Task<IReadOnlyList<BatchAnswer>> SendAsync(IReadOnlyList<OutgoingBatch> batches, CancellationToken cancel)
    {
        bool fails = Failures > 0;
        if (fails)
            Failures--;
        IReadOnlyList<BatchAnswer> answers = After || !fails ? await sink.SendAsync(batches, cancel) : [];
        return fails ? throw new SinkException("BEES-010", "the cable is out") : answers;
    }

    public ValueTask DisposeAsync() => sink.DisposeAsync();
}
