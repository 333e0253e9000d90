using System.Text.Json;
using MLPlatform.Core.Deployments;
using MLPlatform.Core.Runs;
using MLPlatform.Engine.Triggers;
using Xunit;

namespace MLPlatform.Tests.Triggers;

public sealed class FeedbackCycleTests
{
    private static readonly DateTimeOffset Begin = CronCases.Utc("2026-03-01T00:00:00Z");

    private readonly TriggerWorld _world = new("2026-06-01T00:00:00Z"); // Long after what is told.

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_run_starts_with_the_instant_of_the_events_as_its_date_and_knows_why()
    {
        Apply();
        Tell(60);
        await LookAsync("one");
        RunRow run = Assert.Single(_world.Runs.Values);
        Assert.Equal(Begin.AddMinutes(59), run.LogicalDate);
        JsonElement facts = JsonElement.Parse(run.TriggerJson);
        Assert.Equal("feedback", facts.GetProperty("type").GetString());
        Assert.Equal(60, facts.GetProperty("events").GetInt64());
        Assert.Equal("60 new feedback events, of 50 asked for", facts.GetProperty("reasons")[0].GetString());
    }

    [Fact]
    public async Task Feedback_that_stands_still_fires_once_however_many_servers_look()
    {
        Apply();
        Tell(60);
        foreach (string replica in (string[])["one", "two", "one", "two"])
            await LookAsync(replica);
        Assert.Single(_world.Runs);
    }

    [Fact]
    public async Task It_fires_again_for_as_much_again()
    {
        Apply();
        Tell(60);
        await LookAsync("one");
        Tell(49);
        await LookAsync("one");
        Assert.Single(_world.Runs);
        Tell(1);
        await LookAsync("one");
        Assert.Equal(2, _world.Runs.Count);
    }

    [Fact]
    public async Task Paused_or_unknown_it_fires_nothing()
    {
        Apply();
        Apply("other", "nobody");
        _world.Pause("retrain", paused: true);
        Tell(60);
        await LookAsync("one");
        Assert.Empty(_world.Runs);
    }

    private int _minutes;

    private void Apply(string pipeline = "retrain", string model = "ctr") => _world.Apply(
        pipeline, new { triggers = new[] { new { type = "feedback", model, minEvents = 50, coolDown = "PT0S" } } });

    private Task<CycleReport> LookAsync(string replica) => _world.Stand(replica).Cycle.RunOnceAsync(Cancel);

    private void Tell(int minutes)
    {
        for (int i = 0; i < minutes; i++, _minutes++)
        {
            _world.Feedback.Show(new SeenImpression((UInt128)_minutes, 1, 0.5f, Begin.AddMinutes(_minutes)));
            _world.Feedback.Event(Begin.AddMinutes(_minutes));
        }
    }
}
