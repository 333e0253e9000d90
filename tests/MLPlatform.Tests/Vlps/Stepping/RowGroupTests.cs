using MLPlatform.Vlps.Arithmetic;
using MLPlatform.Vlps.Stepping;
using MLPlatform.Vlps.Tables;
using Xunit;

namespace MLPlatform.Tests.Vlps.Stepping;

public sealed unsafe class RowGroupTests
{
    public static TheoryData<Precision, RowOptimizer, bool, float> Kinds()
    {
        var kinds = new TheoryData<Precision, RowOptimizer, bool, float>();
        foreach (Precision precision in Enum.GetValues<Precision>())
        {
            foreach (RowOptimizer optimizer in new[] { RowOptimizer.Adagrad, RowOptimizer.AdagradFull })
            {
                foreach (bool linear in new[] { true, false })
                {
                    kinds.Add(precision, optimizer, linear, 0);
                    kinds.Add(precision, optimizer, linear, 0.01f);
                }
            }
        }
        return kinds;
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Rows_stepped_together_come_to_the_same_bits_as_one_after_the_other(Precision precision, RowOptimizer optimizer, bool linear, float l2)
    {
        Assert.SkipUnless(Simd.Levels.Contains(SimdLevel.Avx512), "this machine has no AVX-512, so rows are stepped one by one");
        var layout = new RowLayout(16, precision, optimizer, linear);
        var updater = new RowUpdater(layout, 16, new RowStep { Rate = 0.07f, L2 = l2 }, seed: 9, SimdLevel.Avx512);
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
                    Write((byte*)one.Pointer + (k * layout.Bytes) + layout.FactorsOffset, precision, j, random.NextSingle() - 0.5f);
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

    [Theory]
    [InlineData(16, RowOptimizer.Adagrad)]
    [InlineData(16, RowOptimizer.AdagradFull)]
    [InlineData(11, RowOptimizer.Adagrad)]
    [InlineData(11, RowOptimizer.AdagradFull)]
    public void A_row_learns_as_much_on_a_machine_with_wider_vectors(int dim, RowOptimizer optimizer)
    {
        Assert.SkipUnless(Simd.Levels.Contains(SimdLevel.Avx512), "this machine has no AVX-512");
        var layout = new RowLayout(16, Precision.Float32, optimizer, linear: true);
        var random = new Random(3);
        using FloatBuffer wide = new(layout.Bytes / sizeof(float)), narrow = new(wide.Length);
        float* gradient = stackalloc float[16], again = stackalloc float[16];
        float* factors = (float*)((byte*)wide.Pointer + layout.FactorsOffset);
        for (int i = 0; i < wide.Length; i++)
            wide.Span[i] = 0.01f + random.NextSingle();
        for (int j = 0; j < 16; j++)
            (factors[j], gradient[j]) = j < dim ? (random.NextSingle() - 0.5f, random.NextSingle() - 0.5f) : (0, 0);
        wide.Span.CopyTo(narrow.Span);
        new Span<float>(gradient, 16).CopyTo(new Span<float>(again, 16));

        var step = new RowStep { Rate = 0.07f, L2 = 0.01f };
        new RowUpdater(layout, dim, step, seed: 9, SimdLevel.Avx512).Step((byte*)wide.Pointer, id: 4, step: 3, last: 2, weight: 0.3f, gradient);
        new RowUpdater(layout, dim, step, seed: 9, SimdLevel.Scalar).Step((byte*)narrow.Pointer, id: 4, step: 3, last: 2, weight: 0.3f, again);

        for (int i = 0; i < wide.Length; i++)
            Assert.Equal(narrow.Span[i], wide.Span[i], 1e-6f);
    }

    private static void Write(byte* factors, Precision precision, int j, float value)
    {
        if (precision == Precision.Float32)
            ((float*)factors)[j] = value;
        else
            ((ushort*)factors)[j] = NoisyBFloat.Round(value, noise: 0);
    }
}
