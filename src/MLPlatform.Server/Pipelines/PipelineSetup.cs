namespace MLPlatform.Server.Pipelines;

/// <summary>Registers what pipeline endpoints need.</summary>
internal static class PipelineSetup
{
    public static IServiceCollection AddPipelines(this IServiceCollection services) =>
        services.AddSingleton<PipelineDesk>().AddSingleton<PipelineRegistrar>().AddSingleton<DocumentDesk>();
}
