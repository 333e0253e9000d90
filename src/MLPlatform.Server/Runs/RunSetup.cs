namespace MLPlatform.Server.Runs;

/// <summary>Registers and maps everything about runs.</summary>
internal static class RunSetup
{
    public static IServiceCollection AddRuns(this IServiceCollection services) => services.AddSingleton<RunDoor>().AddSingleton<LiveDesk>().AddSingleton<ScoreDesk>();

    public static void MapRuns(this IEndpointRouteBuilder app)
    {
        app.MapRunStarting();
        app.MapRunReading();
        app.MapRunWriting();
        app.MapRunEvents();
        app.MapLogs();
        app.MapProgress();
        app.MapResults();
        app.MapScores();
    }
}
