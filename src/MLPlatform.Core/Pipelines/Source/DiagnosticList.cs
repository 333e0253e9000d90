namespace MLPlatform.Core.Pipelines.Source;

/// <summary>Collects the problems of one file, with their places. Past a bound the rest is only counted.</summary>
internal sealed class DiagnosticList(SourceFile file)
{
    private const int Most = 1000;
    private readonly List<Diagnostic> _items = [];
    private int _unlisted;
    private long _comparisonsLeft = 2_000_000;

    public int Errors { get; private set; }

    public SourceFile File { get; } = file;

    public void Error(string code, SourceNode node, string message, string? hint = null) =>
        Add(code, DiagnosticSeverity.Error, node.Start, node.Path(), message, hint);

    /// <summary>An error about a property's name rather than its value.</summary>
    public void NameError(string code, SourceNode node, string message, string? hint = null) =>
        Add(code, DiagnosticSeverity.Error, node.NameStart >= 0 ? node.NameStart : node.Start, node.Path(), message, hint);

    /// <summary>An error inside a string value.</summary>
    public void ErrorInString(string code, SourceNode node, int character, string message, string? hint = null) =>
        Add(code, DiagnosticSeverity.Error, File.OffsetInString(node, character), node.Path(), message, hint);

    public void Warning(string code, SourceNode node, string message, string? hint = null) =>
        Add(code, DiagnosticSeverity.Warning, node.Start, node.Path(), message, hint);

    public void Add(string code, DiagnosticSeverity severity, int offset, string path, string message, string? hint)
    {
        if (severity == DiagnosticSeverity.Error)
            Errors++;
        if (_items.Count >= Most)
        {
            _unlisted++;
            return;
        }
        (int line, int column) = File.Locate(offset);
        _items.Add(new Diagnostic(code, severity, message, File.Name, line, column, path, hint ?? UsualHints.Of(code)));
    }

    /// <summary>
    /// A hint with the nearest right name. Bounded over the file: hints are dear where names and mistakes are many.
    /// </summary>
    public string? Hint(string wrong, IReadOnlyCollection<string> names) =>
        (_comparisonsLeft -= names.Count) < 0 ? null : Names.Hint(wrong, names);

    /// <summary>All problems in file order.</summary>
    public IReadOnlyList<Diagnostic> ToList()
    {
        List<Diagnostic> sorted = [.. _items.OrderBy(d => d.Line).ThenBy(d => d.Column).ThenBy(d => d.Code, StringComparer.Ordinal)];
        if (_unlisted > 0)
        {
            (int line, int column) = File.Locate(File.Utf8.Length);
            sorted.Add(new Diagnostic("PIPE-099", DiagnosticSeverity.Warning, $"{_unlisted} more problems are not listed", File.Name, line, column, "$", "Repair those above first."));
        }
        return sorted;
    }
}
