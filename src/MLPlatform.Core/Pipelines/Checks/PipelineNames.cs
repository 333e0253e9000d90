using System.Text.Json;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Pipelines.Source;

namespace MLPlatform.Core.Pipelines.Checks;

/// <summary>What a pipeline file declares by name, as far as it can be read.</summary>
internal sealed class PipelineNames
{
    private readonly Dictionary<string, int> _activityIndex = new(StringComparer.Ordinal);

    public required ActivityCatalog Catalog { get; init; }

    /// <summary>In file order.</summary>
    public List<NamedActivity> Activities { get; } = [];

    /// <summary>By name; null where the declaration has no readable type.</summary>
    public Dictionary<string, ParameterType?> Parameters { get; } = new(StringComparer.Ordinal);

    public int? FindActivity(string name) => _activityIndex.TryGetValue(name, out int index) ? index : null;

    public static PipelineNames Of(SourceNode root, ActivityCatalog catalog)
    {
        PipelineNames names = new() { Catalog = catalog };
        foreach (SourceNode parameter in Members(root.Find("parameters")))
            names.Parameters[parameter.Name!] = Enum.TryParse(parameter.Find("type")?.Text, ignoreCase: true, out ParameterType type) ? type : null;
        foreach (SourceNode activity in Members(root.Find("activities")))
        {
            names._activityIndex[activity.Name!] = names.Activities.Count;
            names.Activities.Add(new NamedActivity(
                activity.Name!, activity, activity.Find("type")?.Text is { } type ? catalog.Find(type) : null, activity.Find("forEach") is { Kind: not JsonValueKind.Null }));
        }
        return names;
    }

    /// <summary>The properties of an object; nothing where it is missing or something else.</summary>
    public static IReadOnlyList<SourceNode> Members(SourceNode? node) => node?.Kind == JsonValueKind.Object ? node.Children : [];

    /// <summary>The items of a list; nothing where it is missing or something else.</summary>
    public static IReadOnlyList<SourceNode> Items(SourceNode? node) => node?.Kind == JsonValueKind.Array ? node.Children : [];
}

/// <param name="Descriptor">Null where the type is missing or unknown.</param>
internal sealed record NamedActivity(string Name, SourceNode Node, ActivityDescriptor? Descriptor, bool FansOut);
