using CsCheck;

namespace MLPlatform.Tests.Scheduling.Admission;

/// <summary>Random histories, and how one is written so that it can be read again.</summary>
internal static class Histories
{
    private static readonly Gen<Step> Step = Gen.Select(Gen.Int[0, 15], Gen.Int[0, 1000], Gen.Int[0, 1000], Gen.Int[0, 1000], (what, a, b, c) => new Step(what, a, b, c));

    public static Gen<(int Seed, Step[] Steps)> Any { get; } = Gen.Select(Gen.Int[0, 1_000_000], Step.Array[1, 60]);

    public static string Text((int Seed, Step[] Steps) history) =>
        $"{history.Seed}: {string.Join(", ", history.Steps.Select(s => $"{s.What} {s.A} {s.B} {s.C}"))}";
}
