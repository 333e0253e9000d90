using System.Text.Json;
using MLPlatform.Core.Scheduling;
using MLPlatform.Core.Scheduling.Reservations;
using Xunit;

namespace MLPlatform.IntegrationTests.Storage;

/// <summary>What the store of reservations promises, on both databases.</summary>
public abstract class ReservationConformance(Stores stores)
{
    private static readonly Amount Eight = new(8000, 1L << 34, 0);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_reservation_comes_back_as_it_was_and_so_does_every_state()
    {
        Reservation made = New("one");
        Assert.Null(await stores.Reservations.PutAsync(made, _ => null, Cancel));
        Assert.Equal(JsonSerializer.Serialize(made), JsonSerializer.Serialize(await stores.Reservations.FindAsync(made.Id, Cancel)));
        DateTimeOffset at = stores.Time.GetUtcNow();
        foreach (ReservationState state in (ReservationState[])[new ReservationState.Used(at), new ReservationState.Released(at), new ReservationState.Cancelled(at, "ann"), new ReservationState.Booked()])
        {
            Reservation seen = (await stores.Reservations.FindAsync(made.Id, Cancel))!;
            Assert.True(await stores.Reservations.CommitAsync(seen, state, Cancel));
            Assert.False(await stores.Reservations.CommitAsync(seen, new ReservationState.Booked(), Cancel));
            Assert.Equal(state, (await stores.Reservations.FindAsync(made.Id, Cancel))!.State);
        }
    }

    [Fact]
    public async Task A_changed_one_keeps_its_beginning_and_what_is_over_is_not_listed()
    {
        Reservation made = New("two");
        await stores.Reservations.PutAsync(made, _ => null, Cancel);
        await stores.Reservations.PutAsync(made with { Until = made.Until.AddHours(2), From = made.From.AddHours(1) }, _ => null, Cancel);
        Reservation changed = (await stores.Reservations.FindAsync(made.Id, Cancel))!;
        Assert.Equal((made.From, made.Until.AddHours(2), 1L), (changed.From, changed.Until, changed.Revision));
        Assert.Contains(await stores.Reservations.ListAsync(made.Until, Cancel), r => r.Id == made.Id);
        Assert.DoesNotContain(await stores.Reservations.ListAsync(changed.Until, Cancel), r => r.Id == made.Id);
    }

    [Fact]
    public async Task Of_many_that_want_the_last_capacity_one_gets_it()
    {
        Amount pool = new(8000, 1L << 34, 0);
        ReservationRefusal?[] answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => Task.Run(() =>
        {
            Reservation wanted = New("race");
            return stores.Reservations.PutAsync(wanted, others => ReservationRules.Check(wanted, others, pool, null, stores.Time.GetUtcNow()), Cancel);
        })));
        Assert.Equal(1, answers.Count(a => a is null));
        Assert.All(answers.OfType<ReservationRefusal>(), a => Assert.Equal("WORK-021", a.Code));
    }

    private Reservation New(string pool)
    {
        DateTimeOffset at = stores.Time.GetUtcNow();
        return new Reservation(Guid.NewGuid(), "ann", "reco", pool, Eight, at.AddHours(1), at.AddHours(3), TimeSpan.FromMinutes(15), "a demo", "ann", at, 0, new ReservationState.Booked());
    }
}

public sealed class SqliteReservationTests(SqliteStores stores) : ReservationConformance(stores), IClassFixture<SqliteStores>;

public sealed class PostgresReservationTests(PostgresStores stores) : ReservationConformance(stores), IClassFixture<PostgresStores>;
