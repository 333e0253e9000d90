using System.Diagnostics;
using MLPlatform.Core.Scheduling.Admission;
using MLPlatform.Core.Scheduling.Placement;
using MLPlatform.Core.Scheduling.Quotas;

namespace MLPlatform.Cli.Bench;

/// <summary>What deciding costs on one cluster; all on one thread.</summary>
internal sealed record SchedulerFigures
{
    public required int Nodes { get; init; }
    public required int Gpus { get; init; }
    public required int Waiting { get; init; }

    /// <summary>Groups with a quota, all of which borrow.</summary>
    public required int Groups { get; init; }

    /// <summary>The first decision: the cluster is empty and all wait.</summary>
    public required int FilledPlacements { get; init; }
    public required double FillSeconds { get; init; }
    public required double PlacementsPerSecond { get; init; }

    /// <summary>All that wait are looked at again on the full cluster, as after a change of quotas.</summary>
    public required double FullPassSeconds { get; init; }

    /// <summary>One ends, one comes, one decision; over and over, with as many waiting as before.</summary>
    public required int ChurnDecisions { get; init; }
    public required double ChurnAdmissionsPerSecond { get; init; }
    public required double DecisionMsMedian { get; init; }
    public required double DecisionMsP99 { get; init; }
    public required double DecisionMsMax { get; init; }

    /// <summary>Of those decisions, by work that was admitted: all the time of its decision, shared with what was admitted with it.</summary>
    public required double PlacementMsMedian { get; init; }
    public required double PlacementMsP99 { get; init; }

    /// <summary>A new scheduler is told nodes, quotas, what runs and what waits, and decides.</summary>
    public required int RestartHoldings { get; init; }
    public required double RestartSeconds { get; init; }
}

/// <summary>Measures <see cref="Scheduler"/> on nodes and asks of recorded clusters.</summary>
internal static class SchedulerBench
{
    private const int Groups = 100;
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <param name="nodes">Repeated until there are as many as wanted.</param>
    /// <param name="asks">Drawn from, so that as many wait as wanted.</param>
    public static SchedulerFigures Measure(IReadOnlyList<NodeKind> nodes, IReadOnlyList<NodeAsk> asks, int count, int waiting, int churn)
    {
        // The order by the seed, so that a part of the nodes is a sample of all.
        Random random = new(42);
        NodeKind[] order = [.. nodes];
        random.Shuffle(order);
        NodeKind[] cluster = [.. Enumerable.Range(0, count).Select(i => order[i % order.Length])];
        Gang[] gangs = [.. asks.Select(a => Gang.Of(a))];
        QuotaTree tree = QuotaTree.Of(Declare(cluster), [], Start);
        DateTimeOffset now = Start;
        int next = 0;

        Scheduler scheduler = Begin(cluster, tree);
        for (int i = 0; i < waiting; i++)
            scheduler.Enqueue(Work());
        List<(Work Work, Admitted At)> running = [];
        double fill = Time(() => Take(scheduler.Decide(now)));
        int filled = running.Count;
        while (scheduler.Waiting < waiting)
            scheduler.Enqueue(Work());
        Take(scheduler.Decide(now));

        scheduler.SetTree(tree);
        double pass = Time(() => Take(scheduler.Decide(now)));

        List<double> times = new(churn), placements = new(churn);
        int before = running.Count, ended = 0;
        double sustained = Time(() =>
        {
            for (int i = 0; i < churn; i++)
            {
                int at = random.Next(running.Count);
                scheduler.Ended(running[at].Work.Id);
                running[at] = running[^1];
                running.RemoveAt(running.Count - 1);
                ended++;
                scheduler.Enqueue(Work());
                now = now.AddMilliseconds(1);
                long from = Stopwatch.GetTimestamp();
                AdmissionPlan plan = scheduler.Decide(now);
                times.Add(Stopwatch.GetElapsedTime(from).TotalMilliseconds);
                placements.AddRange(Enumerable.Repeat(times[^1] / Math.Max(1, plan.Admissions.Count), plan.Admissions.Count));
                Take(plan);
            }
        });
        int admitted = running.Count - before + ended;
        times.Sort();
        placements.Sort();

        List<Work> still = [.. scheduler.Queue];
        double restart = Time(() =>
        {
            Scheduler again = Begin(cluster, tree);
            foreach ((Work work, Admitted at) in running)
                again.Adopt(new Holding(work, at.Pool, at.Places, now));
            foreach (Work work in still)
                again.Enqueue(work);
            again.Decide(now);
        });
        return new SchedulerFigures
        {
            Nodes = count,
            Gpus = cluster.Sum(n => n.Gpus),
            Waiting = waiting,
            Groups = Groups,
            FilledPlacements = filled,
            FillSeconds = Round(fill),
            PlacementsPerSecond = Math.Round(filled / fill),
            FullPassSeconds = Round(pass),
            ChurnDecisions = churn,
            ChurnAdmissionsPerSecond = Math.Round(admitted / sustained),
            DecisionMsMedian = Round(times[times.Count / 2]),
            DecisionMsP99 = Round(times[times.Count * 99 / 100]),
            DecisionMsMax = Round(times[^1]),
            PlacementMsMedian = placements.Count == 0 ? 0 : Round(placements[placements.Count / 2]),
            PlacementMsP99 = placements.Count == 0 ? 0 : Round(placements[placements.Count * 99 / 100]),
            RestartHoldings = running.Count,
            RestartSeconds = Round(restart),
        };

        // Half of them say how long they run at most.
        Work Work() => new()
        {
            Id = WorkId.Of(next++),
            Gang = gangs[random.Next(gangs.Length)],
            Group = $"group{random.Next(Groups)}",
            Priority = random.Next(3),
            Since = now,
            RunTime = random.Next(2) == 0 ? TimeSpan.FromMinutes(random.Next(5, 600)) : null,
        };

        // What had to stop is stopped at once, and is gone.
        void Take(AdmissionPlan plan)
        {
            foreach (Admitted admitted in plan.Admissions)
                running.Add((admitted.Work, admitted));
            if (plan.Preemptions.Count == 0)
                return;
            HashSet<WorkId> victims = [.. plan.Preemptions.Select(p => p.Victim)];
            foreach (WorkId victim in victims)
                scheduler.Ended(victim);
            running.RemoveAll(r => victims.Contains(r.Work.Id));
        }
    }

    private static Scheduler Begin(NodeKind[] cluster, QuotaTree tree)
    {
        Scheduler scheduler = new();
        for (int i = 0; i < cluster.Length; i++)
            scheduler.AddNode(Scheduler.DefaultPool, new SchedulerNode($"node{i:00000}", cluster[i]));
        scheduler.SetTree(tree);
        return scheduler;
    }

    // Half of the devices are somebody's quota, all of it lent when idle.
    private static ResourcesFile Declare(NodeKind[] cluster)
    {
        decimal each = Math.Floor(cluster.Sum(n => n.Gpus) / 2.0m / Groups);
        return new ResourcesFile
        {
            Groups = Enumerable.Range(0, Groups).ToDictionary(i => $"group{i}", _ => new GroupDeclaration
            {
                Quotas = new Dictionary<string, QuotaDeclaration> { [Scheduler.DefaultPool] = new() { Nominal = new AmountDeclaration { Gpu = new(each) } } },
            }),
        };
    }

    private static double Time(Action work)
    {
        GC.Collect();
        long from = Stopwatch.GetTimestamp();
        work();
        return Stopwatch.GetElapsedTime(from).TotalSeconds;
    }

    private static double Round(double value) => Math.Round(value, 4);
}
