namespace MLPlatform.Core.Scheduling.Placement;

/// <summary>What is asked for typically: the distinct asks by how often they come, as many as cover most of them.</summary>
public sealed class Workload
{
    /// <summary>The share of all asks that the typical ones cover, as in the FGD paper's experiments.</summary>
    public const double Coverage = 0.95;

    private Workload(IReadOnlyList<TypicalAsk> typical, double coresPerDevice)
    {
        Typical = typical;
        CoresPerDevice = coresPerDevice;
    }

    /// <summary>Most frequent first; the frequencies add up to 1.</summary>
    public IReadOnlyList<TypicalAsk> Typical { get; }

    /// <summary>Cores that asks bring with a whole device, on average over devices; 0 where none asks for devices.</summary>
    public double CoresPerDevice { get; }

    /// <param name="asks">All that were seen; memory is not looked at.</param>
    public static Workload Of(IReadOnlyCollection<NodeAsk> asks) =>
        Of(asks.GroupBy(a => a with { MemoryMiB = 0 }).ToDictionary(g => g.Key, g => g.Count()));

    /// <param name="asks">How often each was seen, memory left out.</param>
    public static Workload Of(IReadOnlyDictionary<NodeAsk, int> asks)
    {
        double devices = asks.Sum(a => (double)a.Key.TotalMilliGpu * a.Value), cores = asks.Where(a => a.Key.Gpus > 0).Sum(a => (double)a.Key.MilliCpu * a.Value);
        List<(NodeAsk Ask, int Count)> counts = [.. asks.Select(a => (a.Key, a.Value))
            .OrderByDescending(c => c.Value).ThenBy(c => c.Key.MilliCpu).ThenBy(c => c.Key.Gpus).ThenBy(c => c.Key.MilliGpu).ThenBy(c => c.Key.Models, StringComparer.Ordinal)];
        double enough = Coverage * counts.Sum(c => c.Count);
        List<(NodeAsk Ask, int Count)> kept = [];
        int covered = 0;
        foreach ((NodeAsk ask, int count) in counts)
        {
            if (covered >= enough)
                break;
            kept.Add((ask, count));
            covered += count;
        }
        return new Workload([.. kept.Select(k => new TypicalAsk(k.Ask, (double)k.Count / covered))], devices == 0 ? 0 : cores / devices);
    }
}

/// <param name="Frequency">Its share of the typical asks, 0 to 1.</param>
public sealed record TypicalAsk(NodeAsk Ask, double Frequency);
