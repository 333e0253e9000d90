using MLPlatform.Core.Runs;
using MLPlatform.Core.Scheduling;
using MLPlatform.Core.Scheduling.Admission;
using MLPlatform.Core.Scheduling.Reservations;
using MLPlatform.Engine;
using MLPlatform.IntegrationTests.Postgres;
using MLPlatform.IntegrationTests.Runs;
using Xunit;
using Reservation = MLPlatform.Core.Scheduling.Reservations.Reservation;

namespace MLPlatform.IntegrationTests.Quotas;

/// <summary>An engine with four cores, which it holds for persons who reserved them.</summary>
public sealed class HeldReservationTests(PostgresServer server)
{
    private const string Resources = """
        {
          "pools": { "default": {} },
          "groups": {
            "ads": { "quotas": { "default": { "nominal": { "cpu": 2 } } } },
            "feed": { "quotas": { "default": { "nominal": { "cpu": 2 } } } }
          }
        }
        """;

    private static readonly EngineOptions Quick = new() { Cpu = 4, MemoryMiB = 4096, MinimumRun = TimeSpan.Zero, PreemptionGrace = TimeSpan.FromSeconds(5) };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public async Task What_is_reserved_is_its_persons_at_once_and_others_wait_for_its_end(bool postgres, bool file)
    {
        await using EngineWorld world = await EngineWorld.StartAsync(postgres ? await server.CreateDatabaseAsync(Cancel) : null, options: Quick);
        if (file)
            await world.ApplyAsync(Resources);
        Reservation mias = await ReserveAsync(world, cores: 3, TimeSpan.Zero, TimeSpan.FromHours(2));
        world.Executor.Held.UnionWith(["other", "small", "mine", "again"]);
        RunId other = await world.BeginAsync(Work("bob", "feed", 2, "other"));
        // What is not reserved is everybody's.
        RunId small = await world.BeginAsync(Work("bob", "feed", 1, "small"));
        AttemptId smalls = await world.Executor.WhenStartedAsync("small");
        WaitReason why = await WhyAsync(world, other);
        Assert.Equal(WaitCause.Promised, why.Cause);
        Assert.Contains($"for mia until {mias.Until:u} ({mias.Id})", why.What, StringComparison.Ordinal);
        Assert.Equal(mias.Until, why.Earliest);

        RunId mine = await world.BeginAsync(Work("mia", "ads", 2, "mine"));
        AttemptId first = await world.Executor.WhenStartedAsync("mine");
        await UntilAsync(world, mias.Id, r => r.State is ReservationState.Used);
        // Where she leaves, the place stays hers, also over a crash in the middle.
        await world.KillEngineAsync();
        await world.StartEngineAsync(options: Quick);
        world.Executor.Release(first, FakeExecutor.Success());
        await world.EndOfAsync(mine);
        await world.LookAsync();
        Assert.DoesNotContain(world.Executor.Started, s => s.Id.Run == other);
        RunId again = await world.BeginAsync(Work("mia", "ads", 3, "again"));
        AttemptId second = await world.Executor.WhenStartedAsync("again");
        Assert.DoesNotContain(world.Executor.Started, s => s.Id.Run == other);
        world.Executor.Release(second, FakeExecutor.Success());
        await world.EndOfAsync(again);
        Assert.DoesNotContain(world.Executor.Started, s => s.Id.Run == other);

        world.Time.Advance(TimeSpan.FromHours(2));
        AttemptId late = await world.Executor.WhenStartedAsync("other");
        world.Executor.Release(late, FakeExecutor.Success());
        world.Executor.Release(smalls, FakeExecutor.Success());
        Assert.Equal(RunStatus.Succeeded, (await world.EndOfAsync(other)).Status);
        await world.EndOfAsync(small);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_given_back_goes_to_those_who_wait(bool nobodyCame)
    {
        await using EngineWorld world = await EngineWorld.StartAsync(options: Quick);
        Reservation mias = await ReserveAsync(world, cores: 4, TimeSpan.Zero, TimeSpan.FromHours(2));
        RunId other = await world.BeginAsync(Work("bob", "", 1, "other"));
        await WhyAsync(world, other);
        ReservationEvent end = nobodyCame ? new ReservationEvent.Looked(mias.From + mias.NoShow) : new ReservationEvent.Cancel("mia", mias.From);
        Assert.True(await world.Get<IReservationStore>().CommitAsync(mias, ReservationMachine.Apply(mias, end)!, Cancel));
        await world.LookAsync();
        Assert.Equal(RunStatus.Succeeded, (await world.EndOfAsync(other)).Status);
    }

    [Fact]
    public async Task Before_it_begins_only_what_is_known_to_end_by_then_passes()
    {
        await using EngineWorld world = await EngineWorld.StartAsync(options: Quick);
        await ReserveAsync(world, cores: 4, TimeSpan.FromMinutes(30), TimeSpan.FromHours(2));
        RunId open = await world.BeginAsync(Work("bob", "", 1, "open"));
        Assert.Equal(RunStatus.Succeeded, (await world.RunAsync(Work("bob", "", 1, "short", "PT10M"))).Status);
        Assert.Contains("for mia from", (await WhyAsync(world, open)).What, StringComparison.Ordinal);
        // It begins by the clock alone, and what waited for longer than it is still not let in.
        world.Time.Advance(TimeSpan.FromMinutes(30));
        Assert.Equal(RunStatus.Succeeded, (await world.RunAsync(Work("mia", "", 4, "mine"))).Status);
        Assert.Contains("for mia until", (await WhyAsync(world, open)).What, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whoever_began_before_a_reservation_keeps_the_place_and_nobody_takes_it_after()
    {
        await using EngineWorld world = await EngineWorld.StartAsync(options: Quick);
        world.Executor.Held.Add("before");
        RunId before = await world.BeginAsync(Work("bob", "", 3, "before"));
        AttemptId running = await world.Executor.WhenStartedAsync("before");
        await ReserveAsync(world, cores: 4, TimeSpan.Zero, TimeSpan.FromHours(2));
        RunId other = await world.BeginAsync(Work("bob", "", 1, "other"));
        await WhyAsync(world, other);
        // What is free of it is hers meanwhile.
        Assert.Equal(RunStatus.Succeeded, (await world.RunAsync(Work("mia", "", 1, "mine"))).Status);
        world.Executor.Release(running, FakeExecutor.Success());
        await world.EndOfAsync(before);
        Assert.Equal(RunStatus.Succeeded, (await world.RunAsync(Work("mia", "", 4, "all"))).Status);
        await WhyAsync(world, other);
    }

    private static async Task<Reservation> ReserveAsync(EngineWorld world, int cores, TimeSpan after, TimeSpan lasts)
    {
        DateTimeOffset now = world.Time.GetUtcNow();
        Reservation wanted = new(
            Guid.CreateVersion7(now), "mia", "", "default", new Amount(cores * 1000, 0, 0), now + after, now + after + lasts, TimeSpan.FromMinutes(15), null, "mia", now, 0, new ReservationState.Booked());
        Assert.Null(await world.Get<IReservationStore>().PutAsync(wanted, _ => null, Cancel));
        await world.LookAsync();
        return wanted;
    }

    private static async Task<WaitReason> WhyAsync(EngineWorld world, RunId run)
    {
        await world.Engine.FlushAsync();
        IReadOnlyDictionary<int, WaitReason> why = (await world.Engine.WhyAsync(run))!;
        return Assert.Single(why).Value;
    }

    private static async Task UntilAsync(EngineWorld world, Guid id, Func<Reservation, bool> condition) =>
        await Eventually.SeeAsync($"reservation {id} as wanted", () => world.Get<IReservationStore>().FindAsync(id, Cancel), found => condition(found!));

    private static string Work(string person, string group, int cores, string name, string longest = "PT0S") => $$"""
        {
          "id": "work", "basic": { "group": "{{group}}", "owner": "{{person}}" }, "resources": { "cpu": {{cores}} },
          "activities": { "{{name}}": { "type": "test.fresh"{{(longest == "PT0S" ? "" : $$""", "advanced": { "timeout": "{{longest}}" }""")}} } }
        }
        """;
}
