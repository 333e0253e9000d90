using MLPlatform.Core.Scheduling;
using MLPlatform.Core.Scheduling.Reservations;
using Xunit;

namespace MLPlatform.Tests.Scheduling;

public sealed class ReservationRulesTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 9, 0, 0, TimeSpan.Zero);
    private static readonly Amount Pool = new(8000, 64L << 30, 4000);

    public static TheoryData<string, Reservation, string?> Wanted => new()
    {
        { "fits beside what is held", Of("bob", 4, 10, 12), null },
        { "more than is left at one moment", Of("bob", 5, 10, 12), "WORK-021" },
        { "more than is left only in the middle of it", Of("bob", 3, 8, 20), "WORK-021" },
        { "after the others", Of("bob", 8, 16, 18), null },
        { "ends as another begins", Of("bob", 8, 0.5, 1), null },
        { "larger than the pool", Of("bob", 9, 40, 41), "WORK-021" },
        { "ends before it begins", Of("bob", 1, 3, 2), "WORK-020" },
        { "in the past", Of("bob", 1, -3, -1), "WORK-020" },
        { "nothing", Of("bob", 0, 1, 2), "WORK-020" },
        { "longer than a month", Of("bob", 1, 1, 24 * 32), "WORK-020" },
        { "beyond its person's ceiling", Of("ann", 1, 1, 2), "WORK-022" },
        { "its person's ceiling at another time", Of("ann", 4, 20, 21), null },
    };

    // Ann holds 4 cores from hour 1 to 16, and two more persons 2 cores around hour 13.
    private static readonly Reservation[] Held =
    [
        Of("ann", 4, 1, 16), Of("eve", 2, 13, 14), Of("dan", 2, 12.5, 13.5) with { State = new ReservationState.Used(Now) },
        Of("gone", 8, 1, 30) with { State = new ReservationState.Cancelled(Now, "gone") }, Of("late", 8, 1, 30) with { State = new ReservationState.Released(Now) },
        Of("else", 8, 1, 30) with { Pool = "production" },
    ];

    [Theory, MemberData(nameof(Wanted))]
    public void What_is_held_at_every_moment_fits(string _, Reservation wanted, string? code) =>
        Assert.Equal(code, ReservationRules.Check(wanted, Held, Pool, wanted.Person == "ann" ? new Amount(4000, long.MaxValue, long.MaxValue) : null, Now)?.Code);

    [Fact]
    public void One_that_is_extended_is_not_in_its_own_way() =>
        Assert.Null(ReservationRules.Check(Held[0] with { Until = Now.AddHours(17) }, Held, Pool, new Amount(4000, long.MaxValue, long.MaxValue), Now));

    [Fact]
    public void A_refusal_says_what_there_is_and_when_it_is_too_little() => Assert.Equal(
        "The pool default has 8 cores, 64 GiB, 4 GPUs; at 2026-03-01 21:30:00Z 6 cores of it are reserved already, and 3 cores more would not fit.",
        ReservationRules.Check(Of("bob", 3, 8, 20), Held, Pool, null, Now)!.Why);

    [Fact]
    public void Nobody_who_comes_loses_it_and_nobody_who_does_not_keeps_it()
    {
        Reservation booked = Of("ann", 1, 1, 3);
        Assert.Null(ReservationMachine.Apply(booked, new ReservationEvent.Came(Now)));
        Assert.Null(ReservationMachine.Apply(booked, new ReservationEvent.Looked(Now.AddMinutes(74))));
        Assert.Equal(new ReservationState.Released(Now.AddMinutes(75)), ReservationMachine.Apply(booked, new ReservationEvent.Looked(Now.AddMinutes(75))));
        ReservationState used = ReservationMachine.Apply(booked, new ReservationEvent.Came(Now.AddMinutes(61)))!;
        Assert.Equal(new ReservationState.Used(Now.AddMinutes(61)), used);
        Assert.Null(ReservationMachine.Apply(booked with { State = used }, new ReservationEvent.Looked(Now.AddMinutes(170))));
        Assert.IsType<ReservationState.Cancelled>(ReservationMachine.Apply(booked with { State = used }, new ReservationEvent.Cancel("ann", Now.AddMinutes(90))));
        Assert.Null(ReservationMachine.Apply(booked, new ReservationEvent.Cancel("ann", Now.AddHours(3))));
        Assert.Null(ReservationMachine.Apply(booked with { State = new ReservationState.Released(Now) }, new ReservationEvent.Came(Now.AddMinutes(80))));
    }

    private static Reservation Of(string person, double cores, double from, double until) => new(
        Guid.NewGuid(), person, "", "default", new Amount((long)(cores * 1000), 0, 0), Now.AddHours(from), Now.AddHours(until), TimeSpan.FromMinutes(15), null, person, Now, 0, new ReservationState.Booked());
}
