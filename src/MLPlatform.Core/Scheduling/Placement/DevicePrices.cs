namespace MLPlatform.Core.Scheduling.Placement;

/// <summary>
/// What a device on each kind of node is worth: how much of the expected demand, in devices, goes unserved for each one
/// that is taken. Where some asks accept one model alone and it is short, it is worth a whole device; where the demand is
/// met anyhow, nothing. These are the shadow prices of the assignment of the workload to the kinds of nodes, cores and
/// devices as fluids, found by dual ascent; asks spread over kinds that are equally good.
/// </summary>
public sealed class DevicePrices
{
    // Expected demand as a share of all devices: a cluster that is almost full, whatever has come so far.
    private const double Demand = 0.95;

    // How sharply asks prefer the kind with the better bargain, in devices: less finds exact prices more slowly.
    private const double Temperature = 0.05;

    private const int Rounds = 2000;

    private readonly Dictionary<NodeKind, double> _prices = [];

    public DevicePrices(Workload workload, IEnumerable<NodeKind> nodes)
    {
        Supply[] kinds = [.. nodes.GroupBy(k => k).Select(g => new Supply(g.Key, g.Count()))];
        double devices = kinds.Sum(k => k.Devices), perAsk = workload.Typical.Sum(t => t.Frequency * t.Ask.TotalMilliGpu / NodeKind.Device);
        if (devices == 0 || perAsk == 0)
            return;
        double asks = Demand * devices / perAsk, coresPerDevice = Math.Max(workload.CoresPerDevice, 0.1);
        Ask[] typical = [.. workload.Typical.Select(t => new Ask(t, asks, coresPerDevice, kinds))];
        for (int round = 0; round < Rounds; round++)
        {
            foreach (Supply kind in kinds)
                kind.Clear();
            foreach (Ask ask in typical)
                ask.Spread();
            double step = 0.2 / Math.Sqrt(round + 1);
            foreach (Supply kind in kinds)
                kind.Adjust(step, coresPerDevice, keep: round >= Rounds / 2);
        }
        foreach (Supply kind in kinds)
            _prices[kind.Kind] = kind.DeviceSum / (Rounds - (Rounds / 2));
    }

    /// <returns>In devices: 0 for one that nobody will miss, about 1 for one whose like is short.</returns>
    public double Of(NodeKind kind) => _prices.GetValueOrDefault(kind);

    /// <summary>The nodes of one kind together, their prices and what is asked of them at these.</summary>
    private sealed class Supply(NodeKind kind, int nodes)
    {
        public NodeKind Kind { get; } = kind;
        public double Devices { get; } = (double)nodes * kind.Gpus;
        public double Cores { get; } = nodes * kind.MilliCpu / 1000.0;
        public double DevicePrice { get; private set; }
        public double CorePrice { get; private set; }

        /// <summary>Of the later rounds, when prices move around where they belong.</summary>
        public double DeviceSum { get; private set; }

        private double _askedDevices, _askedCores;

        public void Clear() => _askedDevices = _askedCores = 0;

        public void Take(double devices, double cores)
        {
            _askedDevices += devices;
            _askedCores += cores;
        }

        // Up where more is asked than is there, down where less.
        public void Adjust(double step, double coresPerDevice, bool keep)
        {
            DevicePrice = Math.Max(0, DevicePrice + (step * Math.Clamp((_askedDevices / Math.Max(1, Devices)) - 1, -1, 1)));
            CorePrice = Math.Max(0, CorePrice + (step / coresPerDevice * Math.Clamp((_askedCores / Math.Max(1, Cores)) - 1, -1, 1)));
            if (keep)
                DeviceSum += DevicePrice;
        }
    }

    /// <summary>All asks of one shape together.</summary>
    private sealed class Ask
    {
        private readonly double _devices, _cores, _count, _size;
        private readonly bool _mayGo;
        private readonly Supply[] _kinds;
        private readonly double[] _shares, _weights;

        public Ask(TypicalAsk typical, double asks, double coresPerDevice, Supply[] kinds)
        {
            NodeAsk ask = typical.Ask;
            _devices = (double)ask.TotalMilliGpu / NodeKind.Device;
            _cores = ask.MilliCpu / 1000.0;
            _size = Math.Max(_devices + (_cores / coresPerDevice), 1e-3);
            _count = typical.Frequency * asks;
            // An ask without devices earns none by its price, and yet is served.
            _mayGo = ask.Gpus > 0;
            _kinds = [.. kinds.Where(k => ask.Accepts(k.Kind) && ask.Gpus <= k.Kind.Gpus && ask.MilliCpu <= k.Kind.MilliCpu)];
            double all = kinds.Sum(k => _mayGo ? k.Devices : k.Cores);
            _shares = [.. _kinds.Select(k => (_mayGo ? k.Devices : k.Cores) / all)];
            _weights = new double[_kinds.Length];
        }

        /// <summary>Asks each kind for a share by its size and by what the bargain is worth there; the rest goes unserved.</summary>
        public void Spread()
        {
            if (_kinds.Length == 0)
                return;
            double best = _mayGo ? 0 : double.NegativeInfinity;
            for (int i = 0; i < _kinds.Length; i++)
                best = Math.Max(best, _weights[i] = Worth(_kinds[i]));
            double sum = _mayGo ? 0.05 * Math.Exp(-best / Temperature) : 0;
            for (int i = 0; i < _kinds.Length; i++)
                sum += _weights[i] = _shares[i] * Math.Exp((_weights[i] - best) / Temperature);
            for (int i = 0; i < _kinds.Length; i++)
                _kinds[i].Take(_weights[i] / sum * _devices * _count, _weights[i] / sum * _cores * _count);
        }

        private double Worth(Supply kind) => ((_devices * (1 - kind.DevicePrice)) - (_cores * kind.CorePrice)) / _size;
    }
}
