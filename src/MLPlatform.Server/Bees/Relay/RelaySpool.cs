using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using MLPlatform.Core.Bees;
using MLPlatform.Storage.Bees;

namespace MLPlatform.Server.Bees.Relay;

/// <summary>The logs of what came and is not forwarded yet: one for each source, as the collector keeps them.</summary>
internal sealed class RelaySpool : IAsyncDisposable
{
    private static readonly BeesOptions Options = new() { SegmentBytes = 8 << 20 };
    private readonly ConcurrentDictionary<string, Lazy<LandingLog>> _logs = new(StringComparer.Ordinal);
    private readonly string _folder;
    private readonly TimeProvider _time;
    private readonly FileStream _lock;

    /// <exception cref="IOException">Another relay has the folder, or it cannot be made.</exception>
    public RelaySpool(string folder, TimeProvider time)
    {
        (_folder, _time) = (folder, time);
        Directory.CreateDirectory(folder);
        _lock = new FileStream(Path.Combine(folder, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1);
    }

    /// <summary>Sources of which something came, now or before.</summary>
    public IEnumerable<string> Sources => Directory.EnumerateDirectories(_folder).Select(f => Path.GetFileName(f)).Where(n => BatchHeader.NameProblem("source", n) is null);

    /// <summary>A source's log.</summary>
    public LandingLog Of(string source) => _logs.GetOrAdd(source, name => new(() => LandingLog.Open(Path.Combine(_folder, name), name, Options, _time, NullLogger.Instance))).Value;

    /// <summary>Keeps batches; durable when the task ends.</summary>
    public async Task<CollectorAnswer> KeepAsync(List<Batch> batches, CancellationToken cancel)
    {
        BatchAnswer[] answers = new BatchAnswer[batches.Count];
        await Task.WhenAll(Enumerable.Range(0, batches.Count).GroupBy(i => batches[i].Header.Source, StringComparer.Ordinal).Select(async group =>
        {
            int[] at = [.. group];
            IReadOnlyList<BatchAnswer> kept = await Of(group.Key).AppendAsync([.. at.Select(i => batches[i])], cancel);
            for (int i = 0; i < at.Length; i++)
                answers[at[i]] = kept[i];
        }));
        return new CollectorAnswer(_time.GetUtcNow(), answers);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (Lazy<LandingLog> log in _logs.Values.Where(l => l.IsValueCreated))
            await log.Value.DisposeAsync();
        await _lock.DisposeAsync();
    }
}
