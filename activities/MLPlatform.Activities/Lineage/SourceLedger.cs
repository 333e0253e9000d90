using MLPlatform.Core.Lineage;

namespace MLPlatform.Activities.Lineage;

/// <summary>Keeps account of which records of a file went into which output, as ranges; memory is bounded however they alternate.</summary>
internal sealed class SourceLedger(IReadOnlyList<string> outputs)
{
    /// <summary>Ranges of one file in one output; beyond it gaps are no longer told.</summary>
    internal const int MostRanges = 20_000;

    private readonly Dictionary<string, List<SourceLineage>> _done = outputs.ToDictionary(o => o, _ => new List<SourceLineage>());
    private Dictionary<string, (List<SourceRange> Ranges, bool Exact)> _open = [];
    private (string Path, string? Identity, string Unit) _file;
    private (string? Output, long From, long Records) _run;

    public void Begin(string path, string? identity, string unit)
    {
        _file = (path, identity, unit);
        _open = outputs.ToDictionary(o => o, _ => (new List<SourceRange>(), true));
        _run = default;
    }

    /// <summary>A record begins at this place and went into this output.</summary>
    public void Add(string output, long at)
    {
        if (_run.Output == output)
        {
            _run.Records++;
            return;
        }
        Close(at);
        _run = (output, at, 1);
    }

    /// <summary>The file ends at this place.</summary>
    public void End(long at)
    {
        Close(at);
        _run = default;
        foreach ((string output, (List<SourceRange> ranges, bool exact)) in _open)
        {
            if (ranges.Count > 0)
                _done[output].Add(new SourceLineage(_file.Path, _file.Identity, _file.Unit, exact, ranges));
        }
    }

    /// <param name="columns">What is known of the columns of outputs.</param>
    public LineageDocument ToDocument(IReadOnlyDictionary<string, ColumnLineage>? columns = null) =>
        new(_done.ToDictionary(d => d.Key, d => new OutputLineage(d.Value, columns?.GetValueOrDefault(d.Key))));

    private void Close(long at)
    {
        if (_run.Output is not { } output)
            return;
        (List<SourceRange> ranges, bool exact) = _open[output];
        if (ranges.Count < MostRanges)
        {
            ranges.Add(new SourceRange(_run.From, at, _run.Records));
            return;
        }
        ranges[^1] = ranges[^1] with { To = at, Records = ranges[^1].Records + _run.Records };
        if (exact)
            _open[output] = (ranges, false);
    }
}
