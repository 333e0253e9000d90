using System.Globalization;
using System.Text.Json;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Plans;

namespace MLPlatform.Cli.Bench;

/// <summary>The shape of a run to measure.</summary>
internal enum BenchShape
{
    /// <summary>Each activity after the one before it.</summary>
    Chain,

    /// <summary>One activity, then all others at once.</summary>
    Fan,

    /// <summary>Layers of a hundred; each activity after two of the layer before.</summary>
    Layered,
}

/// <summary>Plans of durable no-op activities.</summary>
internal static class BenchShapes
{
    private const int LayerWidth = 100;
    private static readonly JsonElement Empty = JsonElement.Parse("{}");

    public static RunPlan Plan(BenchShape shape, int activities) => new()
    {
        Pipeline = $"bench-{shape}".ToLowerInvariant(),
        PipelineHash = string.Create(CultureInfo.InvariantCulture, $"bench:{shape}:{activities}"),
        Parameters = Empty,
        Basic = Empty,
        Alarms = Empty,
        Outputs = Empty,
        Nodes = [.. Enumerable.Range(0, activities).Select(i => Node(i, DependsOn(shape, i)))],
    };

    private static int[] DependsOn(BenchShape shape, int index) => shape switch
    {
        _ when index == 0 => [],
        BenchShape.Chain => [index - 1],
        BenchShape.Fan => [0],
        _ when index < LayerWidth => [],
        _ => [index - LayerWidth, ((index / LayerWidth) - 1) * LayerWidth + ((index + 1) % LayerWidth)],
    };

    private static PlannedNode Node(int index, int[] dependsOn) => new()
    {
        Name = string.Create(CultureInfo.InvariantCulture, $"step{index}"),
        Type = "control.noop",
        Version = 1,
        Placement = ActivityPlacement.Inline,
        Cacheable = false,
        DependsOn = [.. dependsOn.Distinct().Order()],
        Inputs = Empty,
        Resources = ResourceRequest.None,
        Retry = new RetryPolicy(),
    };
}
