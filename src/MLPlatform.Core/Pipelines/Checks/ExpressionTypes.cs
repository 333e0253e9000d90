using System.Text.Json;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Expressions;
using MLPlatform.Core.Pipelines.Shapes;

namespace MLPlatform.Core.Pipelines.Checks;

/// <summary>What an expression gives, where that is known without running it, and what fits where.</summary>
internal static class ExpressionTypes
{
    /// <summary>Null where it is not known. Only expressions that read one value are looked at.</summary>
    public static Shape? Of(ExpressionSyntax syntax, PipelineNames names) => syntax.Path switch
    {
        [ScopeNames.Activities, string activity, "status"] when names.FindActivity(activity) is not null => ShapeOf.Get(typeof(string)),
        [ScopeNames.Activities, string activity, "outputs", string output, .. var rest] when names.FindActivity(activity) is { } index =>
            Output(names.Activities[index], output, rest),
        [ScopeNames.Parameters, string name] when names.Parameters.GetValueOrDefault(name) is { } type => Parameter(type),
        [ScopeNames.Index] => ShapeOf.Get(typeof(int)),
        [ScopeNames.Models, string, string] => ShapeOf.Get(typeof(ArtifactRef)),
        [ScopeNames.Trigger, "logicalDate"] => ShapeOf.Get(typeof(string)),
        _ => null,
    };

    /// <summary>False only where the value can never be read as what is wanted.</summary>
    public static bool Fits(Shape given, Shape wanted) => (given.Kind, wanted.Kind) switch
    {
        (ShapeKind.Any or ShapeKind.Custom, _) or (_, ShapeKind.Any or ShapeKind.Custom) => true,
        (ShapeKind.Items, ShapeKind.Items) => Fits(given.Item!, wanted.Item!),
        (ShapeKind.Members or ShapeKind.Map, ShapeKind.Members or ShapeKind.Map) => true,
        _ => Written(given.Kind) == Written(wanted.Kind)
            || (wanted.Kind == ShapeKind.Quantity && Written(given.Kind) is JsonValueKind.Number)
            || (given.Kind == ShapeKind.Artifact && wanted.Kind == ShapeKind.Map),
    };

    private static Shape? Output(NamedActivity activity, string output, object[] rest)
    {
        if (activity.Descriptor?.OutputsType is not { } type || !ShapeOf.Get(type).Properties.TryGetValue(output, out ShapeProperty? property))
            return null;
        if (rest.Length > 0)
            return activity.FansOut ? null : Inside(property.Shape, rest);
        return activity.FansOut ? new Shape { Kind = ShapeKind.Items, Type = typeof(object), Item = property.Shape } : property.Shape;
    }

    private static Shape? Inside(Shape? shape, object[] rest)
    {
        foreach (object step in rest)
        {
            shape = (shape?.Kind, step) switch
            {
                (ShapeKind.Members, string name) => shape.Properties.GetValueOrDefault(name)?.Shape,
                (ShapeKind.Map, string) or (ShapeKind.Items, int) => shape.Item,
                _ => null,
            };
        }
        return shape;
    }

    private static Shape Parameter(ParameterType type) => ShapeOf.Get(type switch
    {
        ParameterType.Integer => typeof(long),
        ParameterType.Number => typeof(double),
        ParameterType.Boolean => typeof(bool),
        ParameterType.List => typeof(JsonElement[]),
        ParameterType.Object => typeof(Dictionary<string, JsonElement>),
        _ => typeof(string),
    });

    // An artifact is an object in JSON, but nothing else that is an object will do for one.
    private static JsonValueKind? Written(ShapeKind kind) => kind switch
    {
        ShapeKind.Text or ShapeKind.Choice or ShapeKind.Duration or ShapeKind.Quantity or ShapeKind.Instant or ShapeKind.Day => JsonValueKind.String,
        ShapeKind.Whole or ShapeKind.Number => JsonValueKind.Number,
        ShapeKind.Truth => JsonValueKind.True,
        ShapeKind.Members or ShapeKind.Map => JsonValueKind.Object,
        ShapeKind.Items => JsonValueKind.Array,
        _ => JsonValueKind.Undefined,
    };
}
