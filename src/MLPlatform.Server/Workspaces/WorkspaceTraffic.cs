using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http.Features;
using MLPlatform.Core.Workspaces;

namespace MLPlatform.Server.Workspaces;

/// <summary>What people do with workspaces through this server. Pages that are merely open keep asking and keep their connections up; that is not it.</summary>
internal sealed class WorkspaceTraffic(TimeProvider time)
{
    private readonly ConcurrentDictionary<WorkspaceId, Seen> _seen = new();

    public (DateTimeOffset? Last, int Connections) Of(WorkspaceId id) => _seen.TryGetValue(id, out Seen? seen) ? (seen.Last, seen.Connections) : (null, 0);

    public void Note(WorkspaceId id) => _seen.GetOrAdd(id, _ => new Seen()).Note(time.GetUtcNow());

    /// <summary>Has the frames of the request's WebSocket followed, where it becomes one.</summary>
    public void Follow(WorkspaceId id, HttpContext context)
    {
        if (context.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true } upgrade)
        {
            string? kernel = context.Request.Path.Value!.Split('/') is [.., "api", "kernels", { Length: > 0 } named, "channels"] ? named : null;
            context.Features.Set<IHttpUpgradeFeature>(new FollowedUpgrade(upgrade, _seen.GetOrAdd(id, _ => new Seen()), kernel, () => Note(id)));
        }
    }

    /// <summary>Whether a page sent a cell to the kernel whose end did not pass yet.</summary>
    public bool Runs(WorkspaceId id, string kernel) => _seen.TryGetValue(id, out Seen? seen) && seen.Kernels.TryGetValue(kernel, out KernelTalk? talk) && talk.Runs;

    /// <summary>What was sent to the kernel so far has ended, or somebody else knows of it.</summary>
    public void Forget(WorkspaceId id, string kernel)
    {
        if (_seen.TryGetValue(id, out Seen? seen) && seen.Kernels.TryGetValue(kernel, out KernelTalk? talk))
            talk.Forget();
    }

    internal sealed class Seen
    {
        private long _last;
        private int _connections;

        public DateTimeOffset? Last => Interlocked.Read(ref _last) is > 0 and var ticks ? new DateTimeOffset(ticks, TimeSpan.Zero) : null;

        public int Connections => Volatile.Read(ref _connections);

        /// <summary>Those whose connections passed here.</summary>
        public ConcurrentDictionary<string, KernelTalk> Kernels { get; } = new(StringComparer.Ordinal);

        public void Note(DateTimeOffset at) => Interlocked.Exchange(ref _last, at.UtcTicks);

        public void Opened() => Interlocked.Increment(ref _connections);

        public void Closed() => Interlocked.Decrement(ref _connections);
    }

    private sealed class FollowedUpgrade(IHttpUpgradeFeature inner, Seen seen, string? kernel, Action noted) : IHttpUpgradeFeature
    {
        public bool IsUpgradableRequest => inner.IsUpgradableRequest;

        // By now the notebook server has agreed to it, so the kernel is one that exists.
        public async Task<Stream> UpgradeAsync() =>
            new FollowedStream(await inner.UpgradeAsync(), seen, kernel is null ? null : seen.Kernels.GetOrAdd(kernel, _ => new KernelTalk()), noted);
    }
}
