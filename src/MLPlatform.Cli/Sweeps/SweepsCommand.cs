using System.CommandLine;
using MLPlatform.Cli.Connection;
using MLPlatform.Server.Describe;
using MLPlatform.Server.Sweeps;

namespace MLPlatform.Cli.Sweeps;

/// <summary><c>mlp sweeps list|show|stop|resume</c></summary>
internal static class SweepsCommand
{
    private static readonly Argument<Guid> Sweep = new("SWEEP") { Description = "A sweep." };
    private static readonly Option<int?> Trials = new("--trials") { Description = "Trials in all, those that it had included. Default: as before.", HelpName = "N" };
    private static readonly Option<string?> Time = new("--time") { Description = "Time from now on, such as PT1H. Default: what was left when it ended.", HelpName = "DURATION" };
    private static readonly Option<bool> Watch = new("--watch", "-w") { Description = "Show how far it is while it runs." };
    private static readonly Option<bool> Detach = new("--detach", "-d") { Description = "Do not wait; needs a server." };
    private static readonly Option<bool> Json = GlobalOptions.Json();

    public static Command Create() => new("sweeps", "Searches over the parameters of pipelines.") { List(), Show(), Stop(), Resume() };

    private static Command List() => Do(new Command("list", "Show the newest sweeps.") { Json }, Purpose.Read, async (parsed, client, cancel) =>
    {
        PageView<SweepView> page = await client.GetAsync<PageView<SweepView>>("api/v1/sweeps", cancel);
        if (parsed.GetValue(Json))
            Print.Json(page);
        else
            Print.Table(["SWEEP", "NAME", "STATE", "TRIALS", "BEST", "OBJECTIVE", "STARTED"], page.Items.Select(s => new[]
            {
                s.Id.ToString(), s.Name, s.State, $"{s.Counts.Completed + s.Counts.Stopped + s.Counts.Failed}/{s.Most}", TrialText.Value(s.Best), s.Objective, Print.Time(s.CreatedAt),
            }));
    });

    private static Command Show() => Do(new Command("show", "Show a sweep: its best parameters and all trials.") { Sweep, Json }, Purpose.Read, async (parsed, client, cancel) =>
    {
        SweepDetail sweep = await client.GetAsync<SweepDetail>($"api/v1/sweeps/{parsed.GetValue(Sweep)}", cancel);
        List<TrialView> trials = await client.GetAsync<List<TrialView>>($"api/v1/sweeps/{sweep.Id}/trials", cancel);
        if (parsed.GetValue(Json))
        {
            Print.Json(new { sweep, trials });
            return;
        }
        Print.Table(["TRIAL", "STATE", "VALUE", "STEPS", "TIME", "PARAMETERS", "RUN", ""], trials.Select(t => new[]
        {
            $"{t.Number}", t.State, TrialText.Value(t.Value), $"{t.Steps}", Print.Seconds(t.Seconds), TrialText.Parameters(t), t.Run.ToString(), t.Because ?? "",
        }));
        TrialText.End(sweep);
    });

    private static Command Stop() => Do(new Command("stop", "Propose no more trials, and stop those that run.") { Sweep, Json }, Purpose.Change, async (parsed, client, cancel) =>
    {
        SweepDetail sweep = await client.PostAsync<SweepDetail>($"api/v1/sweeps/{parsed.GetValue(Sweep)}/stop", null, cancel);
        if (parsed.GetValue(Json))
            Print.Json(sweep);
        else
            Console.WriteLine($"{sweep.State}: {sweep.Because}");
    });

    private static Command Resume()
    {
        Command command = new("resume", "Take an ended sweep up again, and wait for its end: run what failed or was cut off, try what was not tried.") { Sweep, Trials, Time, Watch, Detach, Json };
        command.SetAction(async (parsed, cancel) =>
        {
            await using PlatformConnection platform = await PlatformConnection.OpenAsync(parsed, Purpose.Stay, cancel);
            if (parsed.GetValue(Detach) && platform.IsEmbedded)
                throw CliException.Usage("CLI-008", "Nobody would carry the sweep on: no server runs.", "Start 'mlp serve' first, or leave --detach out.");
            SweepDetail sweep = await platform.Client.PostAsync<SweepDetail>(
                $"api/v1/sweeps/{parsed.GetValue(Sweep)}/resume", new ResumeSweepRequest(parsed.GetValue(Trials), parsed.GetValue(Time)), cancel);
            if (!parsed.GetValue(Detach))
                return await SweepFollowing.FollowAsync(platform, sweep.Id, parsed.GetValue(Json), parsed.GetValue(Watch), cancel);
            if (parsed.GetValue(Json))
                Print.Json(sweep);
            else
                Console.WriteLine(sweep.Id);
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Do(Command command, Purpose purpose, Func<ParseResult, PlatformClient, CancellationToken, Task> work)
    {
        command.SetAction(async (parsed, cancel) =>
        {
            await using PlatformConnection platform = await PlatformConnection.OpenAsync(parsed, purpose, cancel);
            await work(parsed, platform.Client, cancel);
            return ExitCode.Done;
        });
        return command;
    }
}
