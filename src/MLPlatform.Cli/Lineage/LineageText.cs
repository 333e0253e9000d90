using System.Globalization;
using MLPlatform.Core.Lineage;

namespace MLPlatform.Cli.Lineage;

/// <summary>Lineage for people: files with their parts, steps, datasets, models; artifacts only as what connects them.</summary>
internal static class LineageText
{
    private const int MostRanges = 3;

    public static void Write(LineageGraph graph, bool down)
    {
        if (graph.Edges.Count == 0)
        {
            Console.WriteLine(down ? "Nothing was made of it." : "Nothing is known about what it was made of.");
            return;
        }
        Dictionary<string, LineageNode> nodes = graph.Nodes.ToDictionary(n => n.Id, StringComparer.Ordinal);
        List<string[]> rows = [];
        foreach (LineageEdge edge in graph.Edges.Where(e => e.Source is not null))
            rows.Add(["file", edge.Source!.Path, $"{edge.As}: {Parts(edge.Source)}"]);
        foreach (LineageNode node in graph.Nodes.Where(n => n.Kind is not (LineageKind.SourceFile or LineageKind.Artifact)))
            rows.Add([node.Kind.ToString().ToLowerInvariant(), node.Name, node.Kind == LineageKind.Attempt ? $"{node.Detail}  {node.Id["attempt:".Length..]}" : node.Detail ?? ""]);
        Print.Table(["KIND", "NAME", ""], rows);
        Console.WriteLine($"{graph.Nodes.Count(n => n.Kind == LineageKind.Artifact)} artifacts connect them; --json shows all of it.");
        if (!graph.Complete)
            Console.WriteLine("It is larger than what is shown: the walk was cut.");
    }

    private static string Parts(SourceLineage source)
    {
        string ranges = string.Join(", ", source.Ranges.Take(MostRanges).Select(r => string.Create(CultureInfo.InvariantCulture, $"{r.From}-{r.To}")));
        string more = source.Ranges.Count > MostRanges ? string.Create(CultureInfo.InvariantCulture, $" and {source.Ranges.Count - MostRanges} more ranges") : "";
        return string.Create(CultureInfo.InvariantCulture, $"{source.Records:N0} records in {source.Unit} {ranges}{more}{(source.Exact ? "" : " (not exact)")}");
    }
}
