using System.Net.ServerSentEvents;
using System.Text.Json;
using MLPlatform.Cli.Connection;
using MLPlatform.Core.Runs;
using MLPlatform.Server.Describe;
using MLPlatform.Server.Runs;

namespace MLPlatform.Cli.Runs;

/// <summary>How a command shows a run that goes on.</summary>
internal enum FollowStyle
{
    /// <summary>Nothing until its end, then JSON.</summary>
    Json,

    /// <summary>A line for each activity that ended.</summary>
    Lines,

    /// <summary>The same, and now and then one for each that runs.</summary>
    LiveLines,

    /// <summary>Progress bars, where the output is a terminal.</summary>
    Bars,
}

/// <summary>Stays with a run until it has ended and tells how it went.</summary>
internal static class RunFollowing
{
    public static FollowStyle StyleOf(bool json, bool watch) =>
        json ? FollowStyle.Json : !watch ? FollowStyle.Lines : Console.IsOutputRedirected ? FollowStyle.LiveLines : FollowStyle.Bars;

    /// <summary>The exit code that the run's end stands for.</summary>
    public static async Task<int> FollowAsync(PlatformConnection platform, Guid run, FollowStyle style, CancellationToken cancel)
    {
        RunPicture picture = new();
        LiveLines live = new(TimeProvider.System);
        HashSet<(int, ActivityStatus, int)> told = []; // The stream tells some states twice: a snapshot first, then what changed.
        try
        {
            if (style == FollowStyle.Bars)
                await ProgressBars.ShowAsync(platform.Client, run, picture, cancel);
            else
                await foreach (object change in ChangesAsync(platform.Client, run, picture, cancel))
                {
                    if (style != FollowStyle.Json && change is ActivityView activity && told.Add((activity.Node, activity.State, activity.Attempts)))
                        RunText.Line(activity);
                    else if (style == FollowStyle.LiveLines && change is RunProgress progress)
                        live.Tell(progress, picture.Run);
                }
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            throw new CliException("CLI-011", $"Interrupted; the run {run} is kept.", platform.IsEmbedded
                ? $"It goes on with 'mlp serve' or 'mlp runs watch {run}'."
                : $"It goes on: 'mlp runs watch {run}' shows it, 'mlp runs cancel {run}' stops it.", ExitCode.Failed);
        }

        RunDetail ended = await platform.Client.GetAsync<RunDetail>($"api/v1/runs/{run}", cancel);
        if (style == FollowStyle.Json)
            Print.Json(ended);
        else
            await RunText.EndAsync(platform.Client, ended, cancel);
        return ended.State == RunStatus.Succeeded ? ExitCode.Done : ExitCode.Failed;
    }

    /// <summary>Every change of the run and its activities, kept in the picture as well, and how those that run are doing.</summary>
    public static async IAsyncEnumerable<object> ChangesAsync(
        PlatformClient client, Guid run, RunPicture picture, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        await foreach (SseItem<string> item in client.StreamAsync($"api/v1/runs/{run}/events", cancel))
        {
            switch (item.EventType)
            {
                case "run":
                    picture.Run = JsonSerializer.Deserialize<RunView>(item.Data, JsonSetup.ClientOptions);
                    yield return picture.Run!;
                    break;
                case "activity":
                    ActivityView activity = JsonSerializer.Deserialize<ActivityView>(item.Data, JsonSetup.ClientOptions)!;
                    picture.Activities[activity.Node] = activity;
                    yield return activity;
                    break;
                case "progress":
                    yield return JsonSerializer.Deserialize<RunProgress>(item.Data, JsonSetup.ClientOptions)!;
                    break;
            }
        }
    }
}

/// <summary>What is known of a run so far.</summary>
internal sealed class RunPicture
{
    public RunView? Run { get; set; }

    public SortedDictionary<int, ActivityView> Activities { get; } = [];
}
