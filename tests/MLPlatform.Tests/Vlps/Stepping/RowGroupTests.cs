using MLPlatform.Vlps.Arithmetic;
using MLPlatform.Vlps.Stepping;
using MLPlatform.Vlps.Tables;
using Xunit;

namespace MLPlatform.Tests.Vlps.Stepping;

public sealed unsafe class RowGroupTests
{
    [Theory]
    [InlineData(true, 0)]
    [InlineData(true, 0.01)]
    [InlineData(false, 0)]
    [InlineData(false, 0.01)]
    public void Rows_stepped_together_come_to_the_same_bits_as_one_after_the_other(bool linear, double l2)
    {
        Assert.SkipUnless(Simd.Levels.Contains(SimdLevel.Avx512), "this machine has no AVX-512, so rows are stepped one by one");
        var layout = new RowLayout(16, Precision.BFloat16, RowOptimizer.Adagrad, linear);
        var updater = new RowUpdater(layout, 16, new RowStep { Rate = 0.07f, L2 = (float)l2 }, seed: 9, SimdLevel.Avx512);
        Assert.True(updater.IsFast);
        var random = new Random(5);
        var group = new RowGroup(stackalloc byte[RowGroup.Bytes]);
        for (int count = 1; count <= RowGroup.Most; count++)
        {
            using var one = new FloatBuffer(RowGroup.Most * layout.Bytes / sizeof(float));
            using var together = new FloatBuffer(one.Length);
            for (int i = 0; i < one.Length; i++)
                one.Span[i] = 0.01f + random.NextSingle();
            for (int k = 0; k < RowGroup.Most; k++)
            {
                for (int j = 0; j < 16; j++)
                    ((ushort*)((byte*)one.Pointer + (k * layout.Bytes) + layout.FactorsOffset))[j] = NoisyBFloat.Round(random.NextSingle() - 0.5f, noise: 0);
            }
            one.Span.CopyTo(together.Span);
            new Span<float>(group.Gradients, RowGroup.Most * 16).Fill(float.NaN);
            new Span<float>(group.WeightGradients, RowGroup.Most).Fill(float.NaN);
            for (int k = 0; k < count; k++)
            {
                (group.Rows[k], group.Ids[k]) = ((nint)together.Pointer + (k * layout.Bytes), (ulong)random.NextInt64());
                group.WeightGradients[k] = random.NextSingle() - 0.5f;
                for (int j = 0; j < 16; j++)
                    group.Gradients[(k * 16) + j] = random.NextSingle() - 0.5f;
            }

            for (int k = 0; k < count; k++)
                updater.Step((byte*)one.Pointer + (k * layout.Bytes), group.Ids[k], step: 3, last: 2, group.WeightGradients[k], group.Gradients + (k * 16));
            updater.StepGroup(group, count, step: 3);

            Assert.Equal(new Span<byte>(one.Pointer, (int)one.Length * 4), new Span<byte>(together.Pointer, (int)one.Length * 4));
        }
    }
}
