using MLPlatform.Server.Elsa.Catalogue;
using MLPlatform.Server.Elsa.Definitions;
using MLPlatform.Server.Elsa.Instances;
using MLPlatform.Server.Elsa.Studio;

namespace MLPlatform.Server.Elsa;

/// <summary>Elsa Studio on an Elsa-compatible API: the page at <c>/elsa</c>, the API at <c>/elsa/api</c> and the hub beside it.</summary>
internal static class ElsaSetup
{
    public const string Api = "/elsa/api";

    public static IServiceCollection AddElsa(this IServiceCollection services)
    {
        services.AddSignalR();
        return services.AddSingleton<ElsaCatalogue>().AddSingleton<DefinitionDesk>().AddSingleton<DefinitionPublisher>().AddSingleton<DefinitionSaver>()
            .AddSingleton<InstanceDesk>().AddSingleton<InstanceVersions>().AddSingleton<InstanceFollower>().AddSingleton<StudioFiles>();
    }

    public static void MapElsa(this IEndpointRouteBuilder app)
    {
        app.MapElsaConversion();
        RouteGroupBuilder api = app.MapGroup(Api).ExcludeFromDescription();
        api.MapCatalogue();
        api.MapDefinitionReading();
        api.MapDefinitionWriting();
        api.MapDefinitionBulk();
        api.MapExecution();
        api.MapInstances();
        api.MapActivityExecutions();
        app.MapInstanceHub();
        app.MapStudio();
    }
}
