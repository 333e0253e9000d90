using Microsoft.Extensions.Options;
using MLPlatform.Core.Lineage;
using MLPlatform.Core.Lineage.OpenLineage;

namespace MLPlatform.Server.Lineage;

/// <summary>Joins what other systems told to our own lineage: their datasets and ours are one where namespace and name are.</summary>
internal sealed class ForeignLineage(IOpenLineageStore store, IOptions<OpenLineageOptions> options)
{
    private const string Files = "file";
    private const int MostJobs = 2000;

    /// <summary>The graph with the jobs of other systems before its files and datasets, or behind them.</summary>
    public async Task<LineageGraph> ExtendAsync(LineageGraph graph, bool down, CancellationToken cancel)
    {
        Dictionary<string, LineageNode> nodes = graph.Nodes.ToDictionary(n => n.Id, StringComparer.Ordinal);
        Dictionary<(string, string), LineageEdge> edges = [];
        HashSet<NamedDataset> level = [.. graph.Nodes.Select(NameOf).OfType<NamedDataset>()], seen = [.. level];
        HashSet<NamedDataset> jobs = [];
        while (level.Count > 0 && jobs.Count < MostJobs)
        {
            // Upstream, a dataset leads to the jobs that wrote it, and those to what they read; downstream the other way.
            IReadOnlyList<JobEdge> near = await store.JobsOfAsync(level, written: !down, cancel);
            foreach (JobEdge edge in near)
                Add(nodes, edges, edge, fromJob: !down, graph);
            IReadOnlyList<JobEdge> far = await store.DatasetsOfAsync([.. near.Select(e => e.Job).Distinct().Where(jobs.Add)], written: down, cancel);
            foreach (JobEdge edge in far)
                Add(nodes, edges, edge, fromJob: down, graph);
            level = [.. far.Select(e => e.Dataset).Where(seen.Add)];
        }
        return new LineageGraph([.. nodes.Values], [.. graph.Edges, .. edges.Values], graph.Complete && level.Count == 0);
    }

    /// <summary>Our files among the nodes: what other systems wrote and we may have read.</summary>
    public static IEnumerable<string> FilesOf(LineageGraph graph) => graph.Nodes.Where(n => n.Kind == LineageKind.SourceFile).Select(n => n.Name);

    private void Add(Dictionary<string, LineageNode> nodes, Dictionary<(string, string), LineageEdge> edges, JobEdge edge, bool fromJob, LineageGraph graph)
    {
        string job = LineageNode.Job(edge.Job.Namespace, edge.Job.Name);
        nodes.TryAdd(job, new LineageNode(job, LineageKind.Job, edge.Job.Name, edge.Job.Namespace));
        foreach (string dataset in IdsOf(edge.Dataset, nodes, graph))
        {
            (string from, string to) = fromJob ? (job, dataset) : (dataset, job);
            edges.TryAdd((from, to), new LineageEdge(from, to));
        }
    }

    private string[] IdsOf(NamedDataset dataset, Dictionary<string, LineageNode> nodes, LineageGraph graph)
    {
        string[] ours = [.. graph.Nodes.Where(n => NameOf(n) == dataset).Select(n => n.Id)];
        if (ours.Length > 0)
            return ours;
        LineageNode node = dataset.Namespace == Files
            ? new LineageNode(LineageNode.File(dataset.Name), LineageKind.SourceFile, dataset.Name)
            : new LineageNode(LineageNode.External(dataset.Namespace, dataset.Name), LineageKind.External, dataset.Name, dataset.Namespace);
        nodes.TryAdd(node.Id, node);
        return [node.Id];
    }

    private NamedDataset? NameOf(LineageNode node) => node.Kind switch
    {
        LineageKind.SourceFile => new NamedDataset(Files, node.Name),
        LineageKind.External => new NamedDataset(node.Detail ?? "", node.Name),
        LineageKind.Dataset => new NamedDataset(options.Value.Namespace, node.Id["dataset:".Length..node.Id.LastIndexOf('@')]),
        _ => null,
    };
}
