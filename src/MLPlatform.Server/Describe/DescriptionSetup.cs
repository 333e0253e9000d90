using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using MLPlatform.Server.Access;
using Scalar.AspNetCore;

namespace MLPlatform.Server.Describe;

/// <summary>The OpenAPI document at <c>/openapi/v1.json</c> and the page that shows it at <c>/docs</c>, both without any other site's help.</summary>
internal static class DescriptionSetup
{
    /// <summary>The extension that names the role an operation needs: viewer, editor, admin or anonymous.</summary>
    internal const string RoleExtension = "x-mlp-role";

    public static IServiceCollection AddDescription(this IServiceCollection services) => services.AddOpenApi("v1", options =>
    {
        options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info = new OpenApiInfo
            {
                Title = "MLPlatform",
                Version = "v1",
                Description = "Pipelines, runs, models and what they made. Errors are RFC 9457 problem details with a stable `code`. Lists give "
                    + "`items` and, where there are more, the `next` to ask for as `cursor`. A write that carries an `Idempotency-Key` is carried "
                    + "out once, however often it is sent. Where a token is asked for, it goes into the header `Authorization: Bearer TOKEN`.",
            };
            document.Servers = [];
            document.Components ??= new OpenApiComponents();
            document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
            {
                ["token"] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", Description = "Made by 'mlp tokens create'." },
            };
            return Task.CompletedTask;
        });
        options.AddOperationTransformer(DescribeOperationAsync);
    });

    public static void MapDescription(this IEndpointRouteBuilder app)
    {
        app.MapOpenApi("/openapi/{documentName}.json").AllowAnonymous();
        app.MapScalarApiReference("/docs", options =>
        {
            options.Title = "MLPlatform API";
            options.DefaultFonts = false;
            options.Telemetry = false;
            options.HideDeveloperTools().DisableAgent().DisableMcp().HideClientButton(); // They need the maker's site.
        }).AllowAnonymous();
    }

    private static Task DescribeOperationAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancel)
    {
        IList<object> metadata = context.Description.ActionDescriptor.EndpointMetadata;
        string role = metadata.OfType<IAllowAnonymous>().Any()
            ? "anonymous"
            : metadata.OfType<IAuthorizeData>().LastOrDefault()?.Policy ?? "none";
        operation.Extensions ??= new Dictionary<string, IOpenApiExtension>();
        operation.Extensions[RoleExtension] = new JsonNodeExtension(JsonValue.Create(role)!);
        if (role != "anonymous")
            operation.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference("token", context.Document)] = [] }];
        return Task.CompletedTask;
    }
}
