using System.Net;
using System.Net.Sockets;
using MLPlatform.Bees.Agents;
using MLPlatform.Bees.Settings;
using MLPlatform.Bees.Sinks;
using MLPlatform.Core.Bees;
using Xunit;

namespace MLPlatform.IntegrationTests.Bees;

/// <summary>An agent and a collector, over HTTP.</summary>
public sealed class AgentHttpTests
{
    [Fact]
    public async Task A_server_that_hangs_up_is_told_with_the_reason_at_the_bottom_of_it()
    {
        using TcpListener server = new(IPAddress.Loopback, 0);
        server.Start();
        await using AgentWorld world = new();
        world.Settings = world.Settings with { Server = $"http://127.0.0.1:{((IPEndPoint)server.LocalEndpoint).Port}", Sink = new HttpSinkSettings() };
        world.Append("a.log", "one\n");
        Task hangUp = Task.Run(async () =>
        {
            using Socket caller = await server.AcceptSocketAsync(TestContext.Current.CancellationToken);
            await caller.ReceiveAsync(new byte[1 << 16], TestContext.Current.CancellationToken);
        }, TestContext.Current.CancellationToken);
        SinkException told = await Assert.ThrowsAsync<SinkException>(world.DeliverAsync);
        await hangUp;
        Assert.Equal("BEES-011", told.Code);
        Assert.DoesNotContain("An error occurred while sending the request", told.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Records_arrive_once_though_answers_are_lost_and_the_agent_crashes()
    {
        await using MemoryCollector collector = await MemoryCollector.StartAsync();
        await using AgentWorld world = To(collector);
        world.Append("a.log", "one\ntwo\n");
        collector.LoseAnswers = 1;
        Assert.Equal("BEES-011", (await Assert.ThrowsAsync<SinkException>(world.DeliverAsync)).Code);
        await world.CrashAsync();
        world.Append("a.log", "three\n");
        await world.DeliverAsync();
        Assert.Equal([("one", 0L), ("two", 4L), ("three", 8L)], collector.Arrived.Select(r => (r.Text, r.Offset)));
    }

    [Fact]
    public async Task A_source_that_is_not_registered_waits_until_it_is()
    {
        await using MemoryCollector collector = await MemoryCollector.StartAsync();
        collector.Sources.Clear();
        await using AgentWorld world = To(collector);
        world.Append("a.log", "one\n");
        await world.DeliverAsync();
        Assert.Equal("BEES-012", Assert.Single(world.Notices).Code);
        await world.StopAsync();
        await world.DeliverAsync();
        Assert.Equal("BEES-015", world.Notices[^1].Code);
        collector.Sources.Add("app");
        await world.DeliverAsync();
        Assert.True(world.Notices[^1].Over);
        Assert.Equal("one", Assert.Single(collector.Arrived).Text);
    }

    [Fact]
    public async Task The_token_is_read_anew_each_time()
    {
        await using MemoryCollector collector = await MemoryCollector.StartAsync();
        await using AgentWorld world = To(collector);
        string token = Path.Combine(world.Logs, "token");
        world.Settings = world.Settings with { TokenFile = token };
        world.Append("a.log", "one\n");
        collector.Token = "right";
        foreach (string wrong in new[] { "", "wrong\n" })
        {
            await File.WriteAllTextAsync(token, wrong, TestContext.Current.CancellationToken);
            Assert.Equal("BEES-013", (await Assert.ThrowsAsync<SinkException>(world.DeliverAsync)).Code);
        }
        await File.WriteAllTextAsync(token, "right\n", TestContext.Current.CancellationToken);
        await world.DeliverAsync();
        Assert.Single(collector.Arrived);
    }

    [Fact]
    public async Task A_heartbeat_tells_how_far_it_is_behind_and_hears_that_its_clock_is_wrong()
    {
        await using MemoryCollector collector = await MemoryCollector.StartAsync();
        await using AgentWorld world = To(collector);
        world.Settings = world.Settings with { Agent = "late" };
        world.Append("a.log", "one\nunfinished");
        await world.DeliverAsync();
        await world.PassAsync(7);
        await using (Heartbeat heartbeat = new(world.Settings, new PlatformClient(world.Settings), world.Time))
        {
            heartbeat.Beat(world.Agent, TestContext.Current.CancellationToken);
            heartbeat.Beat(world.Agent, TestContext.Current.CancellationToken);
        }
        AgentSourceReport source = Assert.Single(Assert.Single(collector.Reports).Sources);
        Assert.Equal(("app", 1, 1L, 10L, 7.0), (source.Source, source.Files, source.Records, source.LagBytes, source.LagSeconds));
        Assert.Contains(world.Notices, n => n.Code == "BEES-024");
    }

    private static AgentWorld To(MemoryCollector collector)
    {
        AgentWorld world = new();
        world.Settings = world.Settings with { Server = collector.Address, Sink = new HttpSinkSettings() };
        return world;
    }
}
