using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using MLPlatform.Vlps.Arithmetic;
using Xunit;

namespace MLPlatform.Tests.Vlps.Arithmetic;

public sealed unsafe class NoisyBFloatTests
{
    [Fact]
    public void Vectors_round_as_single_values_do()
    {
        float* values = stackalloc float[16];
        ushort* narrow = stackalloc ushort[16], wide = stackalloc ushort[16];
        var random = new Random(1);
        for (uint key = 0; key < 1000; key++)
        {
            for (int i = 0; i < 16; i++)
                values[i] = (random.NextSingle() - 0.5f) * MathF.Pow(10, random.Next(-6, 6));
            NoisyBFloat.Store(values, 16, key, narrow);
            for (int i = 0; i < 16; i++)
                Assert.Equal(NoisyBFloat.Round(values[i], NoisyBFloat.Noise(key, i)), narrow[i]);
            if (!Avx512F.IsSupported)
                continue;
            NoisyBFloat.Store16(Vector512.Load(values), key, wide);
            Assert.Equal(new ReadOnlySpan<ushort>(narrow, 16), new ReadOnlySpan<ushort>(wide, 16));
            Assert.Equal(NoisyBFloat.Load16(wide).GetLower(), NoisyBFloat.Load8(narrow));
        }
    }

    [Fact]
    public void Many_steps_that_are_too_small_for_the_fraction_still_count()
    {
        ushort kept = NoisyBFloat.Round(1f, 0);
        for (uint step = 0; step < 10_000; step++)
            kept = NoisyBFloat.Round(NoisyBFloat.Single(kept) + 1e-4f, NoisyBFloat.Noise(NoisyBFloat.Key(7, step, 42), 3));
        Assert.InRange(NoisyBFloat.Single(kept), 1.8, 2.2);
    }
}
