using System.Globalization;
using System.Text.Json;
using MLPlatform.Cli.Connection;
using MLPlatform.Server.Sweeps;

namespace MLPlatform.Cli.Sweeps;

/// <summary>Stays with a sweep until it has ended, and tells how it went.</summary>
internal static class SweepFollowing
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    /// <summary>The exit code that the sweep's end stands for.</summary>
    public static async Task<int> FollowAsync(PlatformConnection platform, Guid id, bool json, bool watch, CancellationToken cancel)
    {
        SweepDetail sweep;
        HashSet<int> told = [];
        int endedBefore = -1;
        try
        {
            bool line = watch && !json && !Console.IsOutputRedirected;
            while (true)
            {
                sweep = await platform.Client.GetAsync<SweepDetail>($"api/v1/sweeps/{id}", cancel);
                // All trials may be thousands: they are asked for when one more has ended.
                int ended = sweep.Counts.Completed + sweep.Counts.Stopped + sweep.Counts.Failed;
                if (!json && ended != endedBefore)
                    foreach (TrialView trial in (await platform.Client.GetAsync<List<TrialView>>($"api/v1/sweeps/{id}/trials", cancel)).Where(t => t.EndedAt is not null && told.Add(t.Number)))
                        Console.WriteLine((line ? "\r" : "") + TrialText.Line(trial));
                endedBefore = ended;
                if (sweep.EndedAt is not null)
                    break;
                if (line)
                    Console.Write($"\r{TrialText.Progress(sweep)}   ");
                await Task.Delay(Pause, cancel);
            }
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            throw new CliException("CLI-011", $"Interrupted; the sweep {id} is kept.", platform.IsEmbedded
                ? "It goes on with 'mlp serve'." : $"It goes on: 'mlp sweeps show {id}' shows it, 'mlp sweeps stop {id}' stops it.", ExitCode.Failed);
        }
        if (json)
            Print.Json(sweep);
        else
            TrialText.End(sweep);
        return sweep.State == "completed" ? ExitCode.Done : ExitCode.Failed;
    }
}

/// <summary>Sweeps and trials in words.</summary>
internal static class TrialText
{
    public static string Line(TrialView trial) => Print.Harmless(
        $"  {trial.Number,4}  {trial.State,-9}  {Value(trial.Value),-12}  {Print.Seconds(trial.Seconds),-10}  {Parameters(trial)}{(trial.Because is { } why ? $"  ({why})" : "")}");

    public static string Progress(SweepView sweep) =>
        $"{sweep.Counts.Completed + sweep.Counts.Stopped + sweep.Counts.Failed} of {sweep.Most} trials, {sweep.Counts.Running} running, best {Value(sweep.Best)}";

    public static void End(SweepDetail sweep)
    {
        Console.WriteLine();
        Print.Table(["RESULT", "VALUE"],
        [
            ["sweep", $"{sweep.Name} {sweep.Id}"],
            ["state", sweep.Because is { } why ? $"{sweep.State}: {why}" : sweep.State],
            ["objective", sweep.Objective],
            ["best", sweep.BestTrial is { } best ? $"{Value(best.Value)} by trial {best.Number}, run {best.Run}" : "none"],
            .. sweep.BestTrial?.Parameters.Select(p => new[] { "  " + p.Key, p.Value.ValueKind == JsonValueKind.Number ? p.Value.GetRawText() : Print.Value(p.Value) }) ?? [],
            ["trials", $"{sweep.Counts.Completed} completed, {sweep.Counts.Stopped} stopped early, {sweep.Counts.Failed} failed, {sweep.Counts.Running} running"],
            ["time", Print.Seconds(sweep.Seconds)],
            ["compare", $"mlp experiments compare --sweep {sweep.Id}"],
        ]);
    }

    public static string Parameters(TrialView trial) => string.Join(" ", trial.Parameters.Select(p => $"{p.Key}={Parameter(p.Value)}"));

    // Rates lie orders of magnitude apart: four figures, not four places.
    private static string Parameter(JsonElement value) => value.ValueKind == JsonValueKind.Number && !value.TryGetInt64(out _)
        ? value.GetDouble().ToString("G4", CultureInfo.InvariantCulture) : Print.Value(value);

    public static string Value(double? value) => value?.ToString("G7", CultureInfo.InvariantCulture) ?? "-";
}
