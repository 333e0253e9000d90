using Microsoft.Extensions.Options;
using MLPlatform.Core.Activities;
using MLPlatform.Vlps.Models;

namespace MLPlatform.Server.Deployments;

/// <summary>Looks again and again whether a folder holds another model, and serves that. What cannot be read is told once and tried again.</summary>
internal sealed partial class FolderFollower(HostedDeployment hosted, string folder, IOptions<ServingOptions> options, TimeProvider time, ILogger<FolderFollower> log) : BackgroundService
{
    private string? _served = DescriptionIn(Resolved(folder));
    private string? _told;

    /// <summary>Looks once.</summary>
    /// <returns>Whether another model answers now.</returns>
    public bool Look()
    {
        // All files are of one folder, also where a link to it is given another target meanwhile.
        string real = Resolved(folder);
        string? found = DescriptionIn(real);
        if (found is null || found == _served)
            return false;
        try
        {
            int version = hosted.Follow(real);
            (_served, _told) = (found, null);
            LogFollowed(log, real, version);
            return true;
        }
        catch (ActivityException e)
        {
            if (_told != e.Message)
                LogNotFollowed(log, e.Message);
            _told = e.Message;
            return false;
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using PeriodicTimer timer = new(options.Value.RefreshPause, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
            Look();
    }

    private static string Resolved(string folder) => new DirectoryInfo(folder).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? Path.GetFullPath(folder);

    // It has the checksums of all that counts.
    private static string? DescriptionIn(string folder)
    {
        try
        {
            return File.ReadAllText(Path.Combine(folder, ModelDescription.FileName));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null; // It is being exchanged.
        }
    }

    [LoggerMessage(7040, LogLevel.Information, "The model in {Folder} is served as version {Version}")]
    private static partial void LogFollowed(ILogger log, string folder, int version);

    [LoggerMessage(7041, LogLevel.Error, "SERVE-003 the one before goes on: {Why}")]
    private static partial void LogNotFollowed(ILogger log, string why);
}
