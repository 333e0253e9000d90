using System.Globalization;
using MLPlatform.Server.Runs;

namespace MLPlatform.Cli.Runs;

/// <summary>Tells how running attempts are doing where the output is no terminal: a line now and then.</summary>
internal sealed class LiveLines(TimeProvider time)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);
    private readonly Dictionary<string, (long At, string Line)> _told = [];

    private void Tell(RunProgress progress)
    {
        foreach (ProgressView activity in progress.Activities)
        {
            if (LiveText.Of(activity) is { Length: > 0 } told)
                Say(activity.Activity, $"{"running",-15} {activity.Activity}{Part(activity.Fraction)}  {told}");
        }
    }

    /// <summary>How far the run as a whole is, where it has more than one activity.</summary>
    public void Tell(RunProgress progress, RunView? run)
    {
        Tell(progress);
        if (run is { Counts.Total: > 1 and var total } && LiveText.Left(progress.SecondsLeft, progress.Basis) is { Length: > 0 } left)
            Say("", $"{"running",-15} (all)  {run.Counts.Succeeded + run.Counts.Failed + run.Counts.Skipped} of {total} done, {left}");
    }

    private static string Part(double? fraction) => fraction is { } part ? string.Create(CultureInfo.InvariantCulture, $"  {part * 100:0} %") : "";

    private void Say(string about, string line)
    {
        if (_told.TryGetValue(about, out (long At, string Line) last) && (last.Line == line || time.GetElapsedTime(last.At) < Pause))
            return;
        _told[about] = (time.GetTimestamp(), line);
        Console.WriteLine(line);
    }
}
