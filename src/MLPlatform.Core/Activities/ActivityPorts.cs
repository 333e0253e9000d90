using System.ComponentModel;
using MLPlatform.Core.Pipelines.Shapes;

namespace MLPlatform.Core.Activities;

/// <summary>What flows through a port.</summary>
public enum PortKind
{
    /// <summary>Rows and columns.</summary>
    Table,

    /// <summary>Fitted features.</summary>
    Features,

    /// <summary>A trained model.</summary>
    Model,

    /// <summary>A page or a file for people and tools.</summary>
    Report,

    /// <summary>Any artifact.</summary>
    File,

    /// <summary>A number that tells how good or how much something is.</summary>
    Metrics,

    /// <summary>Any other JSON.</summary>
    Value,
}

/// <summary>A place of an activity type that an edge may begin or end at.</summary>
/// <param name="Json">The JSON type of a value: string, integer, number, boolean, array, object or any; for artifacts <c>artifact</c>.</param>
/// <param name="Many">Whether it is a map of such, each with a name.</param>
public sealed record ActivityPort(string Name, PortKind Kind, string Json, bool Required, bool Many, string? Description);

/// <summary>The ports of activity types, from the records of their inputs and outputs: what an artifact is follows from the name it has.</summary>
public static class ActivityPorts
{
    public static IReadOnlyList<ActivityPort> Inputs(ActivityDescriptor activity) => Of(activity.InputsType, outputs: false);

    /// <summary>Null where outputs are known only at run time.</summary>
    public static IReadOnlyList<ActivityPort>? Outputs(ActivityDescriptor activity) => activity.OutputsType is { } type ? Of(type, outputs: true) : null;

    private static List<ActivityPort> Of(Type type, bool outputs) =>
        [.. ShapeOf.Get(type).Properties.Values.Select(p => Port(p, outputs, type))];

    private static ActivityPort Port(ShapeProperty property, bool outputs, Type type)
    {
        bool many = property.Shape is { Kind: ShapeKind.Map, Item.Kind: ShapeKind.Artifact };
        Shape shape = many ? property.Shape.Item! : property.Shape;
        PortKind kind = shape.Kind switch
        {
            ShapeKind.Artifact => KindOf(property.Name),
            ShapeKind.Number or ShapeKind.Whole when outputs => PortKind.Metrics,
            _ => PortKind.Value,
        };
        return new ActivityPort(property.Name, kind, JsonOf(shape), property.Required && !outputs, many, DescriptionOf(property.Name, type));
    }

    private static PortKind KindOf(string name) => name switch
    {
        "model" or "candidate" or "champion" or "from" => PortKind.Model,
        "features" or "previous" => PortKind.Features,
        "report" or "reportFile" or "lineage" or "verdict" or "notebook" or "html" => PortKind.Report,
        "artifact" or "artifacts" or "slice" => PortKind.File,
        _ => PortKind.Table,
    };

    internal static string JsonOf(Shape shape) => shape.Kind switch
    {
        ShapeKind.Artifact => "artifact",
        ShapeKind.Text or ShapeKind.Duration or ShapeKind.Instant or ShapeKind.Day or ShapeKind.Choice => "string",
        ShapeKind.Truth => "boolean",
        ShapeKind.Whole => "integer",
        ShapeKind.Number => "number",
        ShapeKind.Items => "array",
        ShapeKind.Members or ShapeKind.Map => "object",
        _ => "any",
    };

    private static string? DescriptionOf(string name, Type type) => type.GetProperties()
        .FirstOrDefault(p => string.Equals(p.Name, name, StringComparison.OrdinalIgnoreCase))
        ?.GetCustomAttributes(typeof(DescriptionAttribute), true).OfType<DescriptionAttribute>().FirstOrDefault()?.Description;
}
