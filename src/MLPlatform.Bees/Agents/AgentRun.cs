using MLPlatform.Bees.Hosts;
using MLPlatform.Bees.Settings;
using MLPlatform.Bees.Sinks;

namespace MLPlatform.Bees.Agents;

/// <summary>Runs an agent until it is stopped, or until everything is delivered.</summary>
public static class AgentRun
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LastRetry = TimeSpan.FromSeconds(30);

    /// <param name="once">End when all there is is delivered.</param>
    /// <param name="tell">Hears of what a person should know.</param>
    /// <returns>What was delivered, and what it cost.</returns>
    /// <exception cref="AgentException">It cannot start until a person does something.</exception>
    public static async Task<AgentOutcome> RunAsync(AgentSettings settings, bool once, Action<AgentNotice> tell, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(settings);
        HostCourtesy.ShareNativeMemory();
        if (settings.Limits.Nice)
            HostCourtesy.Yield();
        long start = TimeProvider.System.GetTimestamp();
        using FolderWatch watch = new();
        await using ManagedConfig? managed = settings.Managed is null ? null : new(settings, new PlatformClient(settings), TimeProvider.System, tell);
        await using Heartbeat? heartbeat = settings.Server is null ? null : new(settings, new PlatformClient(settings), TimeProvider.System, managed);
        AgentSettings? next = managed is null ? settings : await managed.StartAsync(cancel);
        Dictionary<string, SourceCounts> counts = new(StringComparer.Ordinal);
        while (next is { } now)
        {
            // Other settings, the same checkpoint: files are known by it, and the sink says how far they are.
            await using BeesAgent agent = new(now, SinkFactory.Open(now), TimeProvider.System, tell, counts);
            if (!watch.Works)
                agent.Problems.Raise("BEES-023", settings.Agent, $"the system allows no more inotify watches: new data is noticed every {settings.Poll.TotalSeconds} s only");
            try
            {
                next = await LoopAsync(agent, watch, heartbeat, managed, now, once, cancel);
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested)
            {
                next = null; // Stopped: what was sent is durable, what was not is read again.
            }
            agent.Save();
            foreach (Source source in agent.Sources)
                counts[source.Settings.Name] = source.Counts;
        }
        return AgentOutcome.Of(counts.Values, TimeProvider.System.GetElapsedTime(start));
    }

    /// <summary>Returns the settings to go on with, or null where everything is done.</summary>
    private static async Task<AgentSettings?> LoopAsync(
        BeesAgent agent, FolderWatch watch, Heartbeat? heartbeat, ManagedConfig? managed, AgentSettings settings, bool once, CancellationToken cancel)
    {
        MemoryGuard memory = new((long)settings.Limits.Memory.Value, TimeProvider.System);
        TimeSpan retry = FirstRetry;
        string? down = null;
        while (true)
        {
            cancel.ThrowIfCancellationRequested();
            heartbeat?.Beat(agent, cancel);
            managed?.Ask(cancel);
            if (managed?.Take() is { } other)
                return other;
            memory.Check();
            TimeSpan wait;
            try
            {
                CycleResult cycle = await agent.CycleAsync(once, cancel);
                if (down is not null)
                    agent.Problems.Clear(down, "sink");
                (retry, down) = (FirstRetry, null);
                if (cycle.Busy)
                    continue;
                if (once && cycle.Settled)
                    return null;
                wait = cycle.Again;
            }
            catch (SinkException e)
            {
                down = e.Code;
                agent.Problems.Raise(e.Code, "sink", e.Message);
                wait = retry;
                retry = retry * 2 < LastRetry ? retry * 2 : LastRetry;
                await Task.Delay(wait, cancel);
                continue;
            }
            watch.Watch([.. agent.Sources.SelectMany(s => s.Folders).Distinct()]);
            if (await watch.WaitAsync(wait, cancel))
                agent.Notice();
        }
    }
}
