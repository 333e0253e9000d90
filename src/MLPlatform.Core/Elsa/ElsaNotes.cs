using MLPlatform.Core.Pipelines;
using MLPlatform.Core.Pipelines.Source;

namespace MLPlatform.Core.Elsa;

/// <summary>Collects what a definition holds that a pipeline has no word for, each with its place.</summary>
internal sealed class ElsaNotes(SourceFile file, SourceNode root)
{
    private readonly DiagnosticList _list = new(file);

    public int Errors => _list.Errors;

    public IReadOnlyList<Diagnostic> ToList() => _list.ToList();

    /// <param name="path">Names and positions from the root on.</param>
    public void Kept(string code, string message, string? hint, params ReadOnlySpan<object> path) => _list.Warning(code, Find(path), message, hint);

    public void Refuse(string code, string message, string? hint, params ReadOnlySpan<object> path) => _list.Error(code, Find(path), message, hint);

    private SourceNode Find(ReadOnlySpan<object> path)
    {
        SourceNode node = root;
        foreach (object step in path)
        {
            SourceNode? next = step is int index ? node.Children.ElementAtOrDefault(index) : node.Find((string)step);
            if (next is null)
                break; // As near as there is something.
            node = next;
        }
        return node;
    }
}
