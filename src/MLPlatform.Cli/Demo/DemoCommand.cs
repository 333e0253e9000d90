using System.CommandLine;
using System.Text.Json;
using MLPlatform.Cli.Connection;
using MLPlatform.Cli.Runs;
using MLPlatform.Core.Runs;
using MLPlatform.Server.Pipelines;
using MLPlatform.Server.Runs;

namespace MLPlatform.Cli.Demo;

/// <summary><c>mlp demo</c>: the main job from end to end, with nothing installed and no input of one's own.</summary>
internal static class DemoCommand
{
    private const int Days = 12;

    private static readonly Option<string[]> Parameters = new("--parameter", "-p")
    {
        Description = $"A parameter of {DemoFiles.Pipeline} as NAME=VALUE, for example days=14; may be repeated.",
        HelpName = "NAME=VALUE",
    };
    private static readonly Option<int> Loop = new("--loop")
    {
        Description = $"Days that people then live with the model, and retrain it by what they do; 0 leaves the loop out. Default: {Days}.",
        HelpName = "DAYS",
        DefaultValueFactory = _ => Days,
    };
    private static readonly Option<bool> Json = GlobalOptions.Json();

    public static Command Create()
    {
        Command command = new("demo", "Train a model on the logs of a simulated app store: from raw lines to the registry, and on to a loop that retrains it on feedback.") { Parameters, Loop, Json };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancel)
    {
        bool json = parsed.GetValue(Json);
        string home = GlobalOptions.HomeOf(parsed);
        await using PlatformConnection platform = await PlatformConnection.OpenAsync(parsed, Purpose.Stay, cancel);
        if (!json)
            Console.WriteLine($"From the raw logs of a simulated app store to a model that is kept fresh. {Where(platform, home)}\n");

        StartRequest request = new(
            null, DemoFiles.Source(DemoFiles.Read(DemoFiles.Pipeline), DemoFiles.Pipeline), RunCommand.ParametersOf(WithUsers(parsed.GetValue(Parameters) ?? [])));
        RunView started = await platform.Client.PostAsync<RunView>("api/v1/runs", request, cancel);
        await WatchAsync(platform.Client, started.Id, json, cancel);
        RunDetail run = await platform.Client.GetAsync<RunDetail>($"api/v1/runs/{started.Id}", cancel);

        int days = parsed.GetValue(Loop);
        if (run.State != RunStatus.Succeeded || days <= 0)
        {
            if (json)
                Print.Json(run);
            else if (run.State == RunStatus.Succeeded)
                await DemoResult.ShowAsync(platform, run, home, cancel);
            else
                await RunText.EndAsync(platform.Client, run, cancel);
            return run.State == RunStatus.Succeeded ? ExitCode.Done : ExitCode.Failed;
        }
        if (!json)
            await DemoResult.ShowAsync(platform, run, home, cancel);
        await DemoStory.TellAsync(platform, run, days, home, json, cancel);
        return ExitCode.Done;
    }

    // Few people who come often: what they like now can be learned from a day or two.
    private static string[] WithUsers(string[] given) => given.Any(p => p.StartsWith("users=", StringComparison.Ordinal)) ? given : [.. given, "users=300"];

    private static async Task WatchAsync(PlatformClient client, Guid run, bool json, CancellationToken cancel)
    {
        RunPicture picture = new();
        if (RunFollowing.StyleOf(json, watch: true) == FollowStyle.Bars)
        {
            await ProgressBars.ShowAsync(client, run, picture, cancel);
            return;
        }
        HashSet<int> told = [];
        await foreach (object change in RunFollowing.ChangesAsync(client, run, picture, cancel))
        {
            if (!json && change is ActivityView activity && activity.State.IsTerminal() && told.Add(activity.Node))
                Console.WriteLine($"  {activity.Name,-17} {RunText.Word(activity.State),-10} {Print.Seconds(activity.Seconds)}".TrimEnd());
        }
    }

    private static string Where(PlatformConnection platform, string home) =>
        platform.IsEmbedded ? $"All state is kept in {Print.Path(home)}." : $"The server at {platform.Client.Address} does the work.";
}
