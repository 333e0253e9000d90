using System.Reflection;
using MLPlatform.Core.Access;
using MLPlatform.Core.Pipelines;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Triggers;

namespace MLPlatform.Tests.Triggers;

/// <summary>The stores of a <see cref="TriggerWorld"/> as one replica calls them.</summary>
internal sealed class WorldStores : ITriggerStore, IPipelineStore
{
    private readonly TriggerWorld _world;
    private readonly string _replica;

    public WorldStores(TriggerWorld world, string replica)
    {
        (_world, _replica) = (world, replica);
        Runs = Partial<IRunStore>.Of((method, arguments) => method == nameof(IRunStore.ListRunsAsync) ? ListRunsAsync((RunFilter)arguments[0]!) : null);
        Access = Partial<IAccessStore>.Of((method, arguments) => method == nameof(IAccessStore.AuditAsync) ? AuditAsync((AuditEntry)arguments[0]!) : null);
    }

    public IRunStore Runs { get; }
    public IAccessStore Access { get; }

    public async Task<bool> ClaimAsync(TriggerClaim claim, CancellationToken cancel)
    {
        await _world.Gate(_replica);
        bool won = _world.Claims.TryAdd((claim.Trigger, claim.Instant), claim);
        await _world.Gate(_replica); // a crash here is a claim whose answer was never heard
        return won;
    }

    public async Task<bool> DropAsync(string trigger, string instant, string reason, CancellationToken cancel)
    {
        await _world.Gate(_replica);
        TriggerClaim? claim = _world.Claims.GetValueOrDefault((trigger, instant));
        if (claim is not { Dropped: null } || _world.Runs.ContainsKey(claim.Run))
            return false;
        _world.Claims[(trigger, instant)] = claim with { Dropped = reason };
        return true;
    }

    public async Task<TriggerClaim?> FindAsync(string trigger, string instant, CancellationToken cancel)
    {
        await _world.Gate(_replica);
        return _world.Claims.GetValueOrDefault((trigger, instant));
    }

    public async Task<TriggerClaim?> FindLastAsync(string trigger, CancellationToken cancel) =>
        await ListAsync(trigger, 1, cancel) is [TriggerClaim last, ..] ? last : null;

    public async Task<IReadOnlyList<TriggerClaim>> ListWaitingAsync(CancellationToken cancel)
    {
        await _world.Gate(_replica);
        return [.. _world.Claims.Values.Where(c => c.Dropped is null && !_world.Runs.ContainsKey(c.Run))
            .OrderBy(c => c.At).ThenBy(c => c.Instant, StringComparer.Ordinal)];
    }

    public async Task<IReadOnlyList<TriggerClaim>> ListAsync(string trigger, int limit, CancellationToken cancel)
    {
        await _world.Gate(_replica);
        return [.. _world.Claims.Values.Where(c => c.Trigger == trigger).OrderByDescending(c => c.Instant, StringComparer.Ordinal).Take(limit)];
    }

    async Task<IReadOnlyList<PipelineRevision>> IPipelineStore.ListAsync(CancellationToken cancel)
    {
        await _world.Gate(_replica);
        return [.. _world.Pipelines.Values];
    }

    async Task<PipelineRevision?> IPipelineStore.FindAsync(string pipeline, CancellationToken cancel)
    {
        await _world.Gate(_replica);
        return _world.Pipelines.GetValueOrDefault(pipeline);
    }

    public Task<PipelineRevision> ApplyAsync(
        string pipeline, string hash, string fileJson, string? folder, string by, CancellationToken cancel) => throw new NotSupportedException();

    public async Task<IReadOnlyList<PipelineRevision>> ListRevisionsAsync(string pipeline, CancellationToken cancel)
    {
        await _world.Gate(_replica);
        return [_world.Pipelines[pipeline]];
    }

    public Task<bool> SetPausedAsync(string pipeline, bool paused, string by, CancellationToken cancel) => throw new NotSupportedException();

    public Task<bool> RemoveAsync(string pipeline, string by, CancellationToken cancel) => throw new NotSupportedException();

    private async Task<Page<RunRow>> ListRunsAsync(RunFilter filter)
    {
        await _world.Gate(_replica);
        return new([.. _world.Runs.Values.Where(r => (filter.Pipeline is null || r.Pipeline == filter.Pipeline)
            && (filter.Status is null || r.Status == filter.Status)
            && (filter.EndedAfter is null || r.EndedAt >= filter.EndedAfter)
            && (filter.LogicalFrom is null || r.LogicalDate >= filter.LogicalFrom)
            && (filter.LogicalBefore is null || r.LogicalDate < filter.LogicalBefore))], null);
    }

    private Task AuditAsync(AuditEntry entry)
    {
        _world.Audit.Add($"{entry.Action} {entry.Subject}");
        return Task.CompletedTask;
    }
}

/// <summary>An implementation of an interface that knows only the calls a test is about.</summary>
#pragma warning disable CA1852 // DispatchProxy derives from it
internal class Partial<T> : DispatchProxy where T : class
#pragma warning restore CA1852
{
    private Func<string, object?[], object?>? _answer;

    public static T Of(Func<string, object?[], object?> answer)
    {
        T proxy = Create<T, Partial<T>>();
        ((Partial<T>)(object)proxy)._answer = answer;
        return proxy;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
        _answer!(targetMethod!.Name, args ?? []) ?? throw new NotSupportedException(targetMethod.Name);
}
