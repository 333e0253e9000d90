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
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(400);

    public static Task ShowAsync(PlatformClient client, Guid run, RunPicture picture, CancellationToken cancel) =>
        AnsiConsole.Progress().AutoRefresh(true).HideCompleted(false)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn { Width = 30 }, new StateColumn(), new ElapsedTimeColumn())
            .StartAsync(async context =>
            {
                using CancellationTokenSource over = CancellationTokenSource.CreateLinkedTokenSource(cancel);
                Bars bars = new(context);
                Task looking = LookAsync(client, run, bars, over.Token);
                await foreach (object change in RunFollowing.ChangesAsync(client, run, picture, cancel))
                {
                    if (change is ActivityView activity)
                        bars.Show(activity);
                }
                await over.CancelAsync();
                await looking;
            });

    private static async Task LookAsync(PlatformClient client, Guid run, Bars bars, CancellationToken cancel)
    {
        try
        {
            while (true)
            {
                await Task.Delay(Look, cancel);
                foreach (Server.Runs.ProgressView progress in await client.GetAsync<List<Server.Runs.ProgressView>>($"api/v1/runs/{run}/progress", cancel))
                    bars.Show(progress);
            }
        }
        catch (OperationCanceledException)
        {
            // The run has ended, or the person pressed Ctrl+C; the caller knows which.
        }
    }

    /// <summary>The bars by activity name.</summary>
    private sealed class Bars(ProgressContext context)
    {
        private readonly Lock _gate = new();
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
                bar.Task.State.Update<ActivityStatus>("state", _ => Worst(bar.Nodes.Values));
                if (ended == bar.Nodes.Count)
                    bar.Task.StopTask();
            }
        }

        public void Show(Server.Runs.ProgressView progress)
        {
            lock (_gate)
            {
                if (progress.Fraction is { } fraction && BarOf(progress.Activity) is { Nodes.Count: 1 } bar && !bar.Task.IsFinished)
                {
                    bar.Task.Value = Math.Clamp(fraction, bar.Task.Value, 0.99);
                    bar.Task.State.Update<double>("left", _ => progress.SecondsLeft ?? 0);
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

    private sealed class StateColumn : ProgressColumn
    {
        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime)
        {
            ActivityStatus state = task.State.Get<ActivityStatus>("state");
            string color = state switch
            {
                ActivityStatus.Succeeded or ActivityStatus.Cached => "green",
                ActivityStatus.Failed or ActivityStatus.UpstreamFailed or ActivityStatus.Cancelled => "red",
                ActivityStatus.Running => "blue",
                _ => "grey",
            };
            string left = state == ActivityStatus.Running && task.State.Get<double>("left") is > 0 and double seconds ? $"{Print.Seconds(seconds)} left" : "";
            return new Markup($"[{color}]{RunText.Word(state)}[/]{(left.Length > 0 ? $" [grey]{left}[/]" : "")}");
        }
    }
}
