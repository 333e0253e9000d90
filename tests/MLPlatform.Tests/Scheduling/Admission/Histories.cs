using CsCheck;

namespace MLPlatform.Tests.Scheduling.Admission;

/// <summary>Random histories, and how one is written so that it can be read again.</summary>
internal static class Histories
{
    public static Gen<(int Seed, Step[] Steps)> Any { get; } = Of(Gen.Int[0, 15]);

    /// <summary>Only arrivals, ends and time: a promise is forgotten at whatever else happens, before its time has come in nearly all others.</summary>
    public static Gen<(int Seed, Step[] Steps)> Calm { get; } = Of(Gen.Int[0, 12].Select(what => what <= 8 ? what : 10));

    private static Gen<(int Seed, Step[] Steps)> Of(Gen<int> what) =>
        Gen.Select(Gen.Int[0, 1_000_000], Gen.Select(what, Gen.Int[0, 1000], Gen.Int[0, 1000], Gen.Int[0, 1000], (w, a, b, c) => new Step(w, a, b, c)).Array[1, 60]);

    public static string Text((int Seed, Step[] Steps) history) =>
        $"{history.Seed}: {string.Join(", ", history.Steps.Select(s => $"{s.What} {s.A} {s.B} {s.C}"))}";
}
