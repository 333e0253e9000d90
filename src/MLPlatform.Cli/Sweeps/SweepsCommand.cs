using System.CommandLine;
using MLPlatform.Cli.Connection;
using MLPlatform.Server.Describe;
using MLPlatform.Server.Sweeps;

namespace MLPlatform.Cli.Sweeps;

/// <summary><c>mlp sweeps list|show|stop</c></summary>
internal static class SweepsCommand
{
    private static readonly Argument<Guid> Sweep = new("SWEEP") { Description = "A sweep." };
    private static readonly Option<bool> Json = GlobalOptions.Json();

    public static Command Create() => new("sweeps", "Searches over the parameters of pipelines.") { List(), Show(), Stop() };

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
