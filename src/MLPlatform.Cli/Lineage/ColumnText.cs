using MLPlatform.Core.Lineage;

namespace MLPlatform.Cli.Lineage;

/// <summary>The lineage of columns for people: a line for each column, with what it is made of or what is made of it.</summary>
internal static class ColumnText
{
    public static void Write(LineageGraph graph, bool down)
    {
        if (graph.Edges.Count == 0)
        {
            Console.WriteLine(down ? "Nothing was made of it, as far as is known." : "Nothing is known about what it was made of.");
            return;
        }
        Dictionary<string, LineageNode> nodes = graph.Nodes.ToDictionary(n => n.Id, StringComparer.Ordinal);
        ILookup<string, LineageEdge> edges = graph.Edges.ToLookup(e => down ? e.From : e.To);
        Print.Table([down ? "GOES" : "COLUMN", "OF", down ? "INTO" : "MADE OF"], graph.Nodes.Where(n => edges.Contains(n.Id)).OrderBy(n => n.Detail, StringComparer.Ordinal).Select(n => new[]
        {
            n.Name, n.Detail ?? "", string.Join("; ", edges[n.Id].GroupBy(e => down ? e.To : e.From).Select(g => Told(nodes[g.Key], g))),
        }));
        if (!graph.Complete)
            Console.WriteLine("It is larger than what is shown: the walk was cut.");
    }

    private static string Told(LineageNode other, IEnumerable<LineageEdge> edges)
    {
        string uses = string.Join(", ", edges.Select(e => e.As).Where(u => u is not (null or "identity")));
        string name = other.Kind == LineageKind.Column ? $"{other.Name} of {other.Detail}" : other.Name;
        return uses.Length == 0 ? name : $"{name} ({uses})";
    }
}
