using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Pipelines;
using MLPlatform.Server.Access;

namespace MLPlatform.Server.Activities;

/// <summary>What the designer draws and fills in: activity types with ports, and the schema of pipeline files.</summary>
internal static class CatalogEndpoints
{
    public static void MapCatalog(this IEndpointRouteBuilder app)
    {
        RouteGroupBuilder catalog = app.MapGroup("/api/v1/catalog").WithTags("Activities").RequireAuthorization(Permissions.View);
        catalog.MapGet("/", GetCatalog).WithName(nameof(GetCatalog)).WithSummary("All activity types with their ports: what an edge may begin and end at.");
        catalog.MapGet("/schema", GetPipelineSchema).WithName(nameof(GetPipelineSchema)).WithSummary("The JSON Schema of pipeline files, with the inputs of every activity type.");
    }

    private static Ok<List<CatalogEntry>> GetCatalog(ActivityCatalog catalog) =>
        TypedResults.Ok(catalog.All.OrderBy(d => d.Type, StringComparer.Ordinal).Select(CatalogEntry.From).ToList());

    private static Ok<JsonElement> GetPipelineSchema(SchemaShelf shelf) => TypedResults.Ok(shelf.Schema);
}

/// <summary>The schema, made once.</summary>
internal sealed class SchemaShelf(ActivityCatalog catalog)
{
    private readonly Lazy<JsonElement> _schema = new(() => JsonElement.Parse(PipelineSchema.Generate(catalog)));

    public JsonElement Schema => _schema.Value;
}

/// <summary>An activity type as the designer's palette shows it.</summary>
/// <param name="Family">What its name begins with.</param>
/// <param name="Outputs">Absent where outputs are known only at run time; then any may be named.</param>
public sealed record CatalogEntry(
    string Type, string Family, ActivityPlacement Placement, bool Cacheable, string Summary, IReadOnlyList<ActivityPort> Inputs, IReadOnlyList<ActivityPort>? Outputs)
{
    internal static CatalogEntry From(ActivityDescriptor d) => new(
        d.Type, d.Type.Split('.')[0], d.Placement, d.Cacheable, d.Summary, ActivityPorts.Inputs(d), ActivityPorts.Outputs(d));
}
