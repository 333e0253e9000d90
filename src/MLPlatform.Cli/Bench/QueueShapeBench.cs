using System.Diagnostics;
using MLPlatform.Core.Scheduling.Admission;
using MLPlatform.Core.Scheduling.Placement;
using MLPlatform.Core.Scheduling.Quotas;

namespace MLPlatform.Cli.Bench;

/// <summary>What many small queues cost.</summary>
internal sealed record QueueShapeFigures
{
    public required int Queues { get; init; }
    public required int Works { get; init; }
    public required int Decisions { get; init; }
    public required double Seconds { get; init; }
    public required double AdmissionsPerSecond { get; init; }
}

/// <summary>
/// The shape of Kueue's own measurement at large scale: 1,000 queues in cohorts, 50 one-pod works each, small, medium and large;
/// all come at once and run one after another in simulated time, with one decision for each instant at which something ends.
/// </summary>
internal static class QueueShapeBench
{
    private const int Queues = 1000, Cohorts = 100;
    private static readonly (int Count, int Cores, int Seconds)[] Sizes = [(35, 1, 200), (10, 5, 500), (5, 20, 1000)];

    public static QueueShapeFigures Measure()
    {
        Scheduler scheduler = new();
        for (int i = 0; i < 500; i++)
            scheduler.AddNode(Scheduler.DefaultPool, new SchedulerNode($"node{i:000}", new NodeKind(40_000, 1 << 20, 0, "")));
        Dictionary<string, GroupDeclaration> groups = Enumerable.Range(0, Cohorts).ToDictionary(i => $"cohort{i}", _ => new GroupDeclaration());
        for (int i = 0; i < Queues; i++)
        {
            groups.Add($"queue{i}", new GroupDeclaration
            {
                Parent = $"cohort{i % Cohorts}",
                Quotas = new Dictionary<string, QuotaDeclaration> { [Scheduler.DefaultPool] = new() { Nominal = new AmountDeclaration { Cpu = new(20) } } },
            });
        }
        DateTimeOffset now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        scheduler.SetTree(QuotaTree.Of(new ResourcesFile { Groups = groups }, [], now));
        Gang[] gangs = [.. Sizes.Select(s => Gang.Of(new NodeAsk(s.Cores * 1000, 0, 0, 0, "")))];
        int works = 0, decisions = 0, admitted = 0;
        long from = Stopwatch.GetTimestamp();
        for (int queue = 0; queue < Queues; queue++)
        {
            for (int size = 0; size < Sizes.Length; size++)
            {
                for (int i = 0; i < Sizes[size].Count; i++)
                    scheduler.Enqueue(new Work { Id = WorkId.Of(works++), Gang = gangs[size], Group = $"queue{queue}", Priority = size, Since = now, RunTime = TimeSpan.FromSeconds(Sizes[size].Seconds) });
            }
        }
        PriorityQueue<WorkId, DateTimeOffset> ends = new();
        while (true)
        {
            decisions++;
            foreach (Admitted one in scheduler.Decide(now).Admissions)
            {
                admitted++;
                ends.Enqueue(one.Work.Id, now + one.Work.RunTime!.Value);
            }
            if (!ends.TryPeek(out _, out DateTimeOffset at))
                break;
            now = at;
            while (ends.TryPeek(out WorkId ended, out DateTimeOffset when) && when <= now)
            {
                ends.Dequeue();
                scheduler.Ended(ended);
            }
        }
        double seconds = Stopwatch.GetElapsedTime(from).TotalSeconds;
        if (admitted != works)
            throw new InvalidOperationException($"{admitted} of {works} works were admitted");
        return new QueueShapeFigures { Queues = Queues, Works = works, Decisions = decisions, Seconds = Math.Round(seconds, 3), AdmissionsPerSecond = Math.Round(admitted / seconds) };
    }
}
