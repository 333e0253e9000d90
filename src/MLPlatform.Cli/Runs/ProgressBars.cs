using MLPlatform.Cli.Connection;
using MLPlatform.Core.Runs;
using MLPlatform.Server.Runs;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace MLPlatform.Cli.Runs;

/// <summary>A bar for each activity of a run, while it goes on. The instances of a forEach share one bar.</summary>
internal static class ProgressBars
{
    private const int MostBars = 40;
    private const string Key = "shown";

    public static Task ShowAsync(PlatformClient client, Guid run, RunPicture picture, CancellationToken cancel) =>
        AnsiConsole.Progress().AutoRefresh(true).HideCompleted(false)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn { Width = 30 }, new StateColumn(), new ElapsedTimeColumn())
            .StartAsync(async context =>
            {
                Bars bars = new(context);
                await foreach (object change in RunFollowing.ChangesAsync(client, run, picture, cancel))
                {
                    if (change is ActivityView activity)
                        bars.Show(activity);
                    else if (change is RunView whole)
                        bars.Show(whole);
                    else if (change is RunProgress progress)
                        bars.Show(progress);
                }
            });

    /// <summary>The bars by activity name.</summary>
    private sealed class Bars(ProgressContext context)
    {
        private readonly Lock _gate = new();
        private ProgressTask? _whole;
        private readonly Dictionary<string, (ProgressTask Task, Dictionary<int, ActivityStatus> Nodes)> _bars = [];

        public void Show(ActivityView activity)
        {
            lock (_gate)
            {
                if (BarOf(activity.Name) is not { } bar)
                    return;
                bar.Nodes[activity.Node] = activity.State;
                if (activity.State != ActivityStatus.Pending && !bar.Task.IsStarted)
                    bar.Task.StartTask();
                int ended = bar.Nodes.Values.Count(s => s.IsTerminal());
                bar.Task.MaxValue = bar.Nodes.Count;
                bar.Task.Value = Math.Max(ended, bar.Nodes.Count == 1 && ended == 0 ? bar.Task.Value : 0);
                bar.Task.State.Update<Shown>(Key, s => s with { State = Worst(bar.Nodes.Values) });
                if (ended == bar.Nodes.Count)
                    bar.Task.StopTask();
            }
        }

        /// <summary>The run as a whole has a bar where it has more than one activity.</summary>
        public void Show(RunView run)
        {
            lock (_gate)
            {
                if (_whole is null && run.Counts.Total < 2)
                    return;
                _whole ??= context.AddTask("(all)", autoStart: true, maxValue: 1);
                _whole.MaxValue = Math.Max(1, run.Counts.Total);
                _whole.Value = run.Counts.Succeeded + run.Counts.Failed + run.Counts.Skipped;
                if (run.State.IsTerminal())
                    _whole.StopTask();
            }
        }

        public void Show(RunProgress progress)
        {
            lock (_gate)
            {
                _whole?.State.Update<Shown>(Key, s => s with { Live = LiveText.Left(progress.SecondsLeft, progress.Basis) });
                foreach (ProgressView activity in progress.Activities)
                {
                    if (BarOf(activity.Activity) is not { Nodes.Count: 1 } bar || bar.Task.IsFinished)
                        continue;
                    if (activity.Fraction is { } fraction)
                        bar.Task.Value = Math.Clamp(fraction, bar.Task.Value, 0.99);
                    bar.Task.State.Update<Shown>(Key, s => s with { Live = LiveText.Of(activity) });
                }
            }
        }

        private (ProgressTask Task, Dictionary<int, ActivityStatus> Nodes)? BarOf(string activity)
        {
            string name = activity.Split('[')[0];
            if (_bars.TryGetValue(name, out (ProgressTask, Dictionary<int, ActivityStatus>) bar))
                return bar;
            if (_bars.Count >= MostBars)
                return null;
            bar = (context.AddTask(Markup.Escape(name), autoStart: false, maxValue: 1), []);
            _bars.Add(name, bar);
            return bar;
        }

        private static ActivityStatus Worst(IEnumerable<ActivityStatus> states)
        {
            List<ActivityStatus> all = [.. states];
            return all.Contains(ActivityStatus.Failed) ? ActivityStatus.Failed
                : all.Exists(s => !s.IsTerminal()) ? all.Where(s => !s.IsTerminal()).Max()
                : all.Max();
        }
    }

    /// <summary>What the column beside a bar tells; the bar of the whole run has no state.</summary>
    private readonly record struct Shown(ActivityStatus? State, string? Live);

    private sealed class StateColumn : ProgressColumn
    {
        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime)
        {
            Shown shown = task.State.Get<Shown>(Key);
            string live = Markup.Escape(shown.Live ?? "");
            if (shown.State is not { } state)
                return new Markup(task.IsFinished ? "" : $"[grey]{live}[/]");
            string color = state switch
            {
                ActivityStatus.Succeeded or ActivityStatus.Cached => "green",
                ActivityStatus.Failed or ActivityStatus.UpstreamFailed or ActivityStatus.Cancelled => "red",
                ActivityStatus.Running => "blue",
                _ => "grey",
            };
            return new Markup($"[{color}]{RunText.Word(state)}[/]{(state == ActivityStatus.Running && live.Length > 0 ? $" [grey]{live}[/]" : "")}");
        }
    }
}
