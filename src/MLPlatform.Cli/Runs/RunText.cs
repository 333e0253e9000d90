using System.Text.Json;
using MLPlatform.Cli.Connection;
using MLPlatform.Core.Runs;
using MLPlatform.Server.Runs;

namespace MLPlatform.Cli.Runs;

/// <summary>Runs in words: a line for an activity, a table at the end.</summary>
internal static class RunText
{
    private const int LogLines = 15;
    private const int MostRows = 60;
    private const int MostFailures = 5;

    /// <summary>A line for an activity that ended or waits; nothing for the states between.</summary>
    public static void Line(ActivityView activity)
    {
        if (!activity.State.IsTerminal() && activity.State is not (ActivityStatus.Waiting or ActivityStatus.Retrying))
            return;
        string what = $"{Word(activity.State),-15} {activity.Name}";
        string why = activity.Failure is { } failure ? $"  {failure.Code}: {failure.Message}" : activity.Note is { } note ? $"  ({note})" : "";
        Console.WriteLine(Print.Harmless($"{what}{(Took(activity) is { Length: > 0 } time ? $"  {time}" : "")}{why}"));
    }

    // What never started took no time worth telling.
    private static string Took(ActivityView activity) => activity.StartedAt is null ? "" : Print.Seconds(activity.Seconds);

    /// <summary>What came of the run: its activities, its outputs, and for a failure the last words of the log.</summary>
    public static async Task EndAsync(PlatformClient client, RunDetail run, CancellationToken cancel)
    {
        Console.WriteLine();
        Show(run);
        if (run.State == RunStatus.Succeeded)
            return;
        Console.Out.Flush();
        await ExplainAsync(client, run, cancel);
    }

    public static void Show(RunDetail run)
    {
        IEnumerable<ActivityView> shown = run.Activities.Count <= MostRows
            ? run.Activities
            : run.Activities.Where(a => a.State is ActivityStatus.Failed or ActivityStatus.Running || !a.Name.Contains('[', StringComparison.Ordinal)).Take(MostRows);
        Print.Table(["ACTIVITY", "STATE", "TRIES", "TIME", "NOTE"], shown.Select(a => new[]
        {
            a.Name, Word(a.State), a.Attempts == 0 ? "" : $"{a.Attempts}", Took(a), a.Failure is { } f ? $"{f.Code}: {f.Message}" : a.Note ?? "",
        }));
        Console.WriteLine();
        if (run.Waits.Count > 0)
        {
            Waits(run.Waits);
            Console.WriteLine();
        }
        if (run.Outputs is { ValueKind: JsonValueKind.Object } outputs && outputs.EnumerateObject().Any())
        {
            Print.Table(["OUTPUT", "VALUE"], outputs.EnumerateObject().Select(o => new[] { o.Name, Print.Value(o.Value) }));
            Console.WriteLine();
        }
        if (run.Alarms.Count > 0)
        {
            Print.Table(["ALARM", "STATE", "SEVERITY", "SUMMARY"], run.Alarms.Select(a => new[] { a.Id, $"{a.State}".ToLowerInvariant(), $"{a.Severity}".ToLowerInvariant(), a.Summary }));
            Console.WriteLine();
        }
        if (run.Trigger is { ValueKind: JsonValueKind.Object } trigger && trigger.TryGetProperty("promoted", out JsonElement promoted))
        {
            foreach (JsonElement move in promoted.EnumerateArray())
                Console.WriteLine(Print.Harmless($"Promoted from {move.GetProperty("from").GetString()} to {move.GetProperty("to").GetString()} (promotion {move.GetProperty("promotion").GetString()})."));
        }
        Console.WriteLine($"Run {run.Id} of {run.Pipeline}: {Word(run.State)}{(run.Seconds is { } s ? $" after {Print.Seconds(s)}" : "")}, "
            + $"{run.Counts.Total} activities, {run.Counts.Succeeded} succeeded, {run.Counts.Failed} failed, {run.Counts.Skipped} skipped.");
    }

    /// <summary>Why activities wait.</summary>
    public static void Waits(IReadOnlyList<WaitView> waits)
    {
        foreach (WaitView wait in waits)
        {
            Console.WriteLine(Print.Harmless($"{wait.Activity} waits: {wait.What}."));
            Console.WriteLine(Print.Harmless($"    It starts with {wait.Release}{(wait.Earliest is { } at ? $", expected {Print.Time(at)}" : "; nobody knows when")}."));
        }
    }

    /// <summary>What its attempts used, and how those that run are doing.</summary>
    public static async Task ShowUsedAsync(PlatformClient client, RunDetail run, CancellationToken cancel)
    {
        Dictionary<int, string> names = run.Activities.ToDictionary(a => a.Node, a => a.Name);
        AttemptView[] used = [.. (await client.GetAsync<List<AttemptView>>($"api/v1/runs/{run.Id}/attempts", cancel)).Where(a => a.Usage is not null && names.ContainsKey(a.Node)).Take(MostRows)];
        if (used.Length > 0)
        {
            Console.WriteLine();
            bool gpus = used.Any(a => a.Usage!.Gpus.Count > 0);
            Print.Table(["ACTIVITY", "TRY", "CORES (PEAK)", "CPU TIME", "PEAK MEMORY", gpus ? "GPU (PEAK), MEMORY" : ""], used.Select(a => (string[])[names[a.Node], $"{a.Number}", .. LiveText.Used(a.Usage!)]));
        }
        if (run.State.IsTerminal() || await client.GetAsync<RunProgress>($"api/v1/runs/{run.Id}/progress", cancel) is not { } progress)
            return;
        Console.WriteLine();
        foreach (ProgressView activity in progress.Activities)
            Console.WriteLine($"{activity.Activity}: {LiveText.Of(activity)}");
        if (LiveText.Left(progress.SecondsLeft, progress.Basis) is { Length: > 0 } left)
            Console.WriteLine($"The run: {left}");
    }

    private static async Task ExplainAsync(PlatformClient client, RunDetail run, CancellationToken cancel)
    {
        ActivityView[] failed = [.. run.Activities.Where(a => a.State == ActivityStatus.Failed)];
        if (failed.Length == 0 && run.Failure is { } why)
            Console.Error.WriteLine(Print.Harmless($"error {why.Code}: {why.Message}"));
        foreach (ActivityView activity in failed.Take(MostFailures))
            Console.Error.WriteLine(Print.Harmless($"error {activity.Failure?.Code}: activity '{activity.Name}' ({activity.Type}) failed: {activity.Failure?.Message}"));
        if (failed.Length == 0)
            return;
        if (failed.Length > MostFailures)
            Console.Error.WriteLine($"… and {failed.Length - MostFailures} more.");
        if (await TailAsync(client, run.Id, failed[0].Name, cancel) is { Length: > 0 } tail)
        {
            Console.Error.WriteLine($"The end of the log of '{failed[0].Name}':{Environment.NewLine}{string.Join(Environment.NewLine, tail.Split('\n').Select(l => "  | " + l))}");
            Console.Error.WriteLine($"Whole log: mlp runs logs {run.Id} {failed[0].Name}");
        }
        Console.Error.WriteLine($"Once the cause is gone, 'mlp runs resume {run.Id}' runs only what failed and what hangs on it.");
    }

    private static async Task<string?> TailAsync(PlatformClient client, Guid run, string activity, CancellationToken cancel)
    {
        try
        {
            return (await client.GetAsync<LogView>($"{LogPath(run, activity)}?tail={LogLines}", cancel)).Text.TrimEnd('\n');
        }
        catch (CliException e) when (e.Code == "API-004")
        {
            return null; // It failed before it had an attempt, so there is no log.
        }
    }

    public static string LogPath(Guid run, string activity) => $"api/v1/runs/{run}/activities/{Uri.EscapeDataString(activity)}/log";

    public static string Word(RunStatus state) => Lower(state.ToString());

    public static string Word(ActivityStatus state) => state == ActivityStatus.UpstreamFailed ? "upstream failed" : Lower(state.ToString());

    private static string Lower(string word) => char.ToLowerInvariant(word[0]) + word[1..];
}
