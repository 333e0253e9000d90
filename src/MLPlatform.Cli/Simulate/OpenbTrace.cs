using MLPlatform.Core.Scheduling.Placement;

namespace MLPlatform.Cli.Simulate;

/// <summary>Nodes and pods as in Alibaba's trace of a GPU cluster of 2023 ("openb").</summary>
internal static class OpenbTrace
{
    /// <summary>Whether a file lists nodes, and not pods.</summary>
    public static bool ListsNodes(TraceFile file) => file.Has("sn");

    public static IReadOnlyList<(string Name, NodeKind Kind)> Nodes(TraceFile file) =>
        [.. file.Rows.Select(r => (r.Text("sn"), new NodeKind(r.Whole("cpu_milli"), r.Whole("memory_mib"), r.Whole("gpu"), r.Text("model"))))];

    /// <summary>The pods, in the order of their names.</summary>
    public static IReadOnlyList<NodeAsk> Pods(TraceFile file) =>
        [.. file.Rows.OrderBy(r => r.Text("name"), StringComparer.Ordinal).Select(r => Pod(r, r.Whole("num_gpu"), file.Has("gpu_spec")))];

    private static NodeAsk Pod(TraceFile.Row row, int gpus, bool models) =>
        new(row.Whole("cpu_milli"), row.Whole("memory_mib"), gpus, gpus == 0 ? 0 : row.Whole("gpu_milli"), models ? row.Text("gpu_spec") : "");
}
