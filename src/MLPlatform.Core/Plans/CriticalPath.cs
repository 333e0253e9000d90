namespace MLPlatform.Core.Plans;

/// <summary>Earliest starts, slack and the longest way through nodes that are in order.</summary>
internal sealed class CriticalPath
{
    private readonly double[] _latest;
    private readonly int[] _before;
    private readonly double[] _seconds;

    public CriticalPath(IReadOnlyList<PlannedNode> nodes, double[] seconds)
    {
        _seconds = seconds;
        (Start, Level, _before, _latest) = (new double[nodes.Count], new int[nodes.Count], new int[nodes.Count], new double[nodes.Count]);
        for (int i = 0; i < nodes.Count; i++)
        {
            _before[i] = -1;
            foreach (int d in nodes[i].DependsOn)
            {
                if (_before[i] < 0 || Start[d] + seconds[d] > Start[i])
                    (Start[i], _before[i]) = (Start[d] + seconds[d], d);
                Level[i] = Math.Max(Level[i], Level[d] + 1);
            }
            Length = Math.Max(Length, Start[i] + seconds[i]);
        }
        Array.Fill(_latest, Length);
        for (int i = nodes.Count - 1; i >= 0; i--)
        {
            _latest[i] -= seconds[i];
            foreach (int d in nodes[i].DependsOn)
                _latest[d] = Math.Min(_latest[d], _latest[i]);
        }
    }

    public double[] Start { get; }

    public int[] Level { get; }

    public double Length { get; }

    public double Slack(int node) => Math.Max(0, _latest[node] - Start[node]);

    /// <summary>The nodes of the longest way, first to last.</summary>
    public IReadOnlyList<int> Way()
    {
        List<int> way = [];
        for (int i = Last(); i >= 0; i = _before[i])
            way.Add(i);
        way.Reverse();
        return way;
    }

    // Where several end last, the deepest: a way of unknown or zero lengths is still worth showing whole.
    private int Last()
    {
        int last = -1;
        for (int i = 0; i < Start.Length; i++)
        {
            bool ends = Start[i] + _seconds[i] >= Length - 1e-9;
            if (ends && (last < 0 || Level[i] > Level[last]))
                last = i;
        }
        return last;
    }
}
