using System.ComponentModel;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http.HttpResults;
using MLPlatform.Core.Activities;
using MLPlatform.Server.Access;
using MLPlatform.Server.Problems;

namespace MLPlatform.Server.Activities;

/// <summary>The activity types that pipelines may name.</summary>
internal static class ActivityEndpoints
{
    public static IServiceCollection AddActivityTypes(this IServiceCollection services) => services.AddSingleton(_ => BuiltInActivities.Catalog()).AddSingleton<SchemaShelf>();

    public static void MapActivities(this IEndpointRouteBuilder app)
    {
        RouteGroupBuilder activities = app.MapGroup("/api/v1/activities").WithTags("Activities").RequireAuthorization(Permissions.View);
        activities.MapGet("/", ListActivityTypes).WithName(nameof(ListActivityTypes)).WithSummary("All activity types.");
        activities.MapGet("/{type}", GetActivityType).WithName(nameof(GetActivityType))
            .WithSummary("An activity type with the JSON Schemas of its inputs and outputs.").ProducesProblem(404);
    }

    private static Ok<List<ActivityTypeView>> ListActivityTypes(ActivityCatalog catalog) =>
        TypedResults.Ok(catalog.All.OrderBy(d => d.Type, StringComparer.Ordinal).Select(ActivityTypeView.From).ToList());

    private static Results<Ok<ActivityTypeDetail>, ProblemHttpResult> GetActivityType(string type, ActivityCatalog catalog) =>
        catalog.Find(type) is { } found
            ? TypedResults.Ok(ActivityTypeDetail.From(found))
            : Problem.NotFound($"activity type '{type}'", "/api/v1/activities lists all.");
}

/// <summary>An activity type.</summary>
/// <param name="Placement">Where its attempts run.</param>
/// <param name="Cacheable">Whether an earlier result may be used.</param>
public sealed record ActivityTypeView(string Type, int Version, ActivityPlacement Placement, bool Cacheable, string Summary)
{
    internal static ActivityTypeView From(ActivityDescriptor d) => new(d.Type, d.Version, d.Placement, d.Cacheable, d.Summary);
}

/// <summary>An activity type with its schemas.</summary>
/// <param name="Outputs">Absent where outputs are known only at run time.</param>
public sealed record ActivityTypeDetail(
    string Type, int Version, ActivityPlacement Placement, bool Cacheable, string Summary, JsonElement Inputs, JsonElement? Outputs)
{
    private static readonly JsonSchemaExporterOptions Export = new() { TreatNullObliviousAsNonNullable = true, TransformSchemaNode = Describe };

    internal static ActivityTypeDetail From(ActivityDescriptor d) => new(
        d.Type, d.Version, d.Placement, d.Cacheable, d.Summary, SchemaOf(d.InputsType), d.OutputsType is null ? null : SchemaOf(d.OutputsType));

    private static JsonElement SchemaOf(Type type) =>
        JsonSerializer.SerializeToElement(ActivityJson.Options.GetJsonSchemaAsNode(type, Export));

    private static JsonNode Describe(JsonSchemaExporterContext context, JsonNode schema)
    {
        // What a converter writes is not described by itself: durations are text, anything else is left open.
        if (schema is not JsonObject)
            schema = (Nullable.GetUnderlyingType(context.TypeInfo.Type) ?? context.TypeInfo.Type) == typeof(TimeSpan)
                ? new JsonObject { ["type"] = "string", ["format"] = "duration" }
                : new JsonObject();
        ICustomAttributeProvider? from = context.PropertyInfo is not null ? context.PropertyInfo.AttributeProvider : context.TypeInfo.Type;
        if (schema is JsonObject described && from?.GetCustomAttributes(typeof(DescriptionAttribute), false).FirstOrDefault() is DescriptionAttribute words)
            described.Insert(0, "description", words.Description);
        if (schema is JsonObject property && !property.ContainsKey("default") && DefaultOf(context.PropertyInfo) is { } value)
            property["default"] = value;
        return schema;
    }

    // What a property is where nobody gives it: the value of its initialiser.
    private static JsonNode? DefaultOf(JsonPropertyInfo? property) =>
        property is { IsRequired: false, Get: { } get, Set: not null, DeclaringType: { IsAbstract: false } of } && of.GetConstructor([]) is { } make && get(make.Invoke([])) is { } value
            ? JsonSerializer.SerializeToNode(value, property.PropertyType, ActivityJson.Options) : null;
}
