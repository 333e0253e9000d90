using System.Runtime.Versioning;
using MLPlatform.Bees.Sinks;
using Xunit;

namespace MLPlatform.IntegrationTests.Bees;

/// <summary>What the agent does when what it needs is taken away.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class AgentTroubleTests
{
    [Fact]
    public async Task Without_a_durable_checkpoint_known_files_go_on_and_new_ones_wait()
    {
        await using AgentWorld world = new();
        world.Append("a.log", "one\n");
        await world.DeliverAsync();
        Directory.CreateDirectory(world.CheckpointPath + ".new"); // Nothing can be written there, as on a full disk.
        world.Append("a.log", "two\n");
        world.Append("b.log", "three\n");
        await world.DeliverAsync();
        Assert.Equal(["one", "two"], world.Texts());
        Assert.Equal("BEES-020", Assert.Single(world.Notices).Code);
        Directory.Delete(world.CheckpointPath + ".new");
        await world.DeliverAsync();
        Assert.Equal(["one", "three", "two"], world.Texts().Order());
        Assert.True(world.Notices[^1].Over);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_sink_that_fails_before_or_after_it_stored_makes_neither_loss_nor_doubles(bool after)
    {
        await using AgentWorld world = new();
        Faults faults = new() { After = after };
        world.Around = sink => new FlakySink(sink, faults);
        world.Append("a.log", "one\ntwo\n");
        _ = world.Agent;
        faults.Left = 3;
        for (int i = 0; i < 3; i++)
            await Assert.ThrowsAsync<SinkException>(world.DeliverAsync);
        world.Append("a.log", "three\n");
        await world.DeliverAsync();
        Assert.Equal(["one", "two", "three"], world.Texts());
    }

    [Fact]
    public async Task A_file_whose_permission_is_lost_goes_on_when_it_is_back()
    {
        Assert.SkipWhen(Environment.IsPrivilegedProcess, "root may read everything");
        await using AgentWorld world = new();
        world.Append("a.log", "one\n");
        await world.DeliverAsync();
        await world.CrashAsync();
        File.SetUnixFileMode(world.At("a.log"), UnixFileMode.None);
        await world.DeliverAsync();
        await world.PassAsync(60);
        Assert.Equal("BEES-021", Assert.Single(world.Notices).Code);
        File.SetUnixFileMode(world.At("a.log"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        world.Append("a.log", "two\n");
        await world.DeliverAsync();
        Assert.Equal(["one", "two"], world.Texts());
    }

    [Fact]
    public async Task A_file_that_cannot_be_opened_is_told_once_and_waits()
    {
        await using AgentWorld world = new();
        world.Append("a.log", "one\n");
        await world.DeliverAsync();
        await world.CrashAsync();
        Directory.Move(world.Logs, world.Logs + ".away"); // A loop of links is unreadable for root too.
        File.CreateSymbolicLink(world.Logs, world.Logs);
        await world.DeliverAsync();
        await world.PassAsync(60);
        Assert.Equal("BEES-021", Assert.Single(world.Notices).Code);
        File.Delete(world.Logs);
        Directory.Move(world.Logs + ".away", world.Logs);
        world.Append("a.log", "two\n");
        await world.DeliverAsync();
        Assert.Equal(["one", "two"], world.Texts());
        Assert.Single(world.All().Select(r => r.Channel).Distinct());
    }

    [Fact]
    public async Task A_rate_is_kept_and_nothing_is_lost_by_it()
    {
        await using AgentWorld world = new();
        world.Settings = world.Settings with { Limits = world.Settings.Limits with { BytesPerSecond = new(1024) } };
        for (int i = 0; i < 10; i++)
            world.Append($"{i}.log", new string('x', 1023) + "\n");
        await world.DeliverAsync();
        Assert.Single(world.Texts());
        await world.PassAsync(5);
        Assert.InRange(world.Texts().Count, 2, 3); // Not more than a second's worth is saved up.
        for (int i = 0; i < 20; i++)
            await world.PassAsync(1);
        Assert.Equal(10, world.Texts().Count);
    }

    // The checkpoint knew of an empty file only; the sink was far ahead of it.
    [Fact]
    public async Task After_a_crash_other_content_in_a_file_is_not_taken_for_the_rest_of_the_old()
    {
        await using AgentWorld world = new();
        world.Append("a.log", "");
        await world.DeliverAsync();
        string[] old = [.. Enumerable.Range(0, 300).Select(i => $"old line {i}")], other = [.. Enumerable.Range(0, 500).Select(i => $"new line {i}")];
        world.Append("a.log", string.Join("\n", old) + "\n");
        await world.DeliverAsync();
        await world.CrashAsync();
        await File.WriteAllLinesAsync(world.At("a.log"), other, TestContext.Current.CancellationToken);
        await world.DeliverAsync();
        Assert.Equal(old.Concat(other).Order(), world.Texts().Order());
    }

    [Fact]
    public async Task A_crash_between_the_answer_and_the_note_of_it_costs_a_question_and_no_double()
    {
        await using AgentWorld world = new();
        world.Append("a.log", "one\ntwo\n");
        await world.DeliverAsync();
        await world.CrashAsync();
        world.Append("a.log", "three\n");
        await world.DeliverAsync();
        await world.CrashAsync();
        File.Move(world.At("a.log"), world.At("a.log.1"));
        world.Append("a.log.1", "four\n");
        await world.DeliverAsync();
        Assert.Equal(["one", "two", "three", "four"], world.Texts());
        Assert.Single(world.All().Select(r => r.Channel).Distinct());
    }
}
