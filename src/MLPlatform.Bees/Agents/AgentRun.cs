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
        if (settings.Limits.Nice)
            HostCourtesy.Yield();
        long start = TimeProvider.System.GetTimestamp();
        using FolderWatch watch = new();
        await using BeesAgent agent = new(settings, SinkFactory.Open(settings), TimeProvider.System, tell);
        if (!watch.Works)
            agent.Problems.Raise("BEES-023", settings.Agent, $"the system allows no more inotify watches: new data is noticed every {settings.Poll.TotalSeconds} s only");
        await using Heartbeat? heartbeat = settings.Server is null ? null : new(settings, new PlatformClient(settings), TimeProvider.System);
        try
        {
            await LoopAsync(agent, watch, heartbeat, settings, once, cancel);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // Stopped: what was sent is durable, what was not is read again.
        }
        agent.Save();
        return AgentOutcome.Of(agent.Sources, TimeProvider.System.GetElapsedTime(start));
    }

    private static async Task LoopAsync(BeesAgent agent, FolderWatch watch, Heartbeat? heartbeat, AgentSettings settings, bool once, CancellationToken cancel)
    {
        MemoryGuard memory = new((long)settings.Limits.Memory.Value, TimeProvider.System);
        TimeSpan retry = FirstRetry;
        string? down = null;
        while (true)
        {
            cancel.ThrowIfCancellationRequested();
            heartbeat?.Beat(agent, cancel);
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
                    return;
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
