using System.Text.Json;
using MLPlatform.Core.Pipelines.Checks;
using MLPlatform.Core.Pipelines.Source;

namespace MLPlatform.Core.Pipelines.Import;

/// <param name="Seconds">How long it ran when it was recorded.</param>
internal sealed record WfTask(string Id, IReadOnlyList<string> Parents, double Seconds);

/// <summary>Reads the tasks of a WfFormat 1.5 file, and refuses what cannot be run.</summary>
internal sealed class WfCommonsReader(SourceNode root, DiagnosticList problems)
{
    private readonly Dictionary<string, int> _index = new(StringComparer.Ordinal);
    private readonly List<(string Id, SourceNode Node)> _tasks = [];

    public IReadOnlyList<WfTask> Read()
    {
        if (root.Find("schemaVersion") is not { Text: "1.5" })
            problems.Error("PIPE-040", root.Find("schemaVersion") ?? root, "this is not a WfCommons instance of WfFormat 1.5", "\"schemaVersion\" must be \"1.5\".");
        SourceNode? specification = root.Find("workflow")?.Find("specification");
        if (specification?.Find("tasks") is not { Kind: JsonValueKind.Array } list)
        {
            problems.Error("PIPE-040", specification ?? root, "there is no list workflow.specification.tasks");
            return [];
        }
        foreach (SourceNode task in list.Children)
            ReadId(task);
        if (list.Children.Count == 0)
            problems.Error("PIPE-040", list, "the workflow has no tasks");
        List<string>[] parents = ReadEdges();
        Dictionary<string, double> seconds = ReadRunTimes();
        return problems.Errors > 0 ? [] : [.. _tasks.Select((t, i) => new WfTask(t.Id, parents[i], seconds.GetValueOrDefault(t.Id)))];
    }

    private void ReadId(SourceNode task)
    {
        if (task.Find("id") is not { Text: { } id } node)
            problems.Error("PIPE-040", task, "a task has no \"id\"");
        else if (!Names.IsActivity(id))
            problems.Error("PIPE-012", node, $"task id \"{id}\" cannot be the name of an activity", "Use a letter, digit or _ first, then letters, digits and _ - ., 128 at most.");
        else if (!_index.TryAdd(id, _tasks.Count))
            problems.Error("PIPE-041", node, $"task id \"{id}\" stands here a second time");
        else
            _tasks.Add((id, task));
    }

    // Parents and children say the same twice; both are read, so that neither can be wrong unseen.
    private List<string>[] ReadEdges()
    {
        ActivityGraph graph = new([.. _tasks.Select(t => t.Id)], problems);
        for (int i = 0; i < _tasks.Count; i++)
        {
            foreach ((SourceNode node, int parent) in Related(i, "parents"))
                graph.Add(i, parent, node);
        }
        for (int i = 0; i < _tasks.Count; i++)
        {
            foreach ((SourceNode node, int child) in Related(i, "children"))
                graph.Add(child, i, node);
        }
        graph.Order(); // Reports cycles.
        return [.. _tasks.Select((_, i) => graph.Needs(i).Select(n => _tasks[n].Id).ToList())];
    }

    private IEnumerable<(SourceNode Node, int Other)> Related(int task, string relation)
    {
        SourceNode? list = _tasks[task].Node.Find(relation);
        if (list is { Kind: not JsonValueKind.Array })
            problems.Error("PIPE-040", list, $"\"{relation}\" of task \"{_tasks[task].Id}\" is not a list");
        foreach (SourceNode node in PipelineNames.Items(list))
        {
            if (node.Text is { } id && _index.TryGetValue(id, out int other))
                yield return (node, other);
            else
                problems.Error("PIPE-042", node, $"task \"{_tasks[task].Id}\" names {(node.Text is null ? "something" : $"\"{node.Text}\"")} among its {relation}, and there is no such task",
                    node.Text is null ? null : problems.Hint(node.Text, _index.Keys));
        }
    }

    private Dictionary<string, double> ReadRunTimes()
    {
        Dictionary<string, double> seconds = new(StringComparer.Ordinal);
        foreach (SourceNode task in PipelineNames.Items(root.Find("workflow")?.Find("execution")?.Find("tasks")))
        {
            if (task.Find("id") is not { Text: { } id } named || !_index.ContainsKey(id))
                problems.Error("PIPE-042", task.Find("id") ?? task, $"the execution names {(task.Find("id")?.Text is { } unknown ? $"\"{unknown}\"" : "no task")}, which is not specified");
            else if (seconds.ContainsKey(id))
                problems.Error("PIPE-041", named, $"task id \"{id}\" was executed a second time");
            else
                seconds[id] = Seconds(task, id);
        }
        if (seconds.Count < _tasks.Count && problems.Errors == 0)
            problems.Warning("PIPE-043", root.Find("workflow")!, $"{_tasks.Count - seconds.Count} tasks have no recorded run time and count as 0 s");
        return seconds;
    }

    private double Seconds(SourceNode task, string id)
    {
        SourceNode? node = task.Find("runtimeInSeconds");
        if (node is { Kind: JsonValueKind.Number } && problems.File.Element(node).TryGetDouble(out double value) && double.IsFinite(value) && value >= 0)
            return value;
        problems.Error("PIPE-040", node ?? task, $"task \"{id}\" has no \"runtimeInSeconds\" of 0 or more");
        return 0;
    }
}
