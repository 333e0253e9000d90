using MLPlatform.Vlps.Arithmetic;
using Xunit;

namespace MLPlatform.Tests.Vlps.Arithmetic;

/// <summary>Matrix products in every set of instructions that this machine has, against sums in double precision.</summary>
public sealed unsafe class GemmTests
{
    public static TheoryData<int, int, int, int> Shapes => new()
    {
        { 12, 12, 8, 32 }, { 24, 12, 32, 32 }, { 36, 24, 33, 64 }, { 48, 48, 64, 1 }, { 192, 180, 429, 256 }, { 24, 24, 5, 40 }, { 12, 12, 1, 96 },
    };

    [Theory, MemberData(nameof(Shapes))]
    public void A_product_is_the_same_in_all_instructions(int stride, int rows, int k, int n) => ForEachLevel(level =>
    {
        int inputs = Panels.RoundUp(k, Panels.InputTile), panels = Panels.Count(n);
        using FloatBuffer a = Samples(stride, k, 1), w = Weights(inputs, k, n, 2), bias = Row(n, 3), c = Samples(stride, n, 4);
        using FloatBuffer before = Samples(stride, n, 4);
        Gemm.Product(level, a.Pointer, stride, rows, k, w.Pointer, inputs, panels, bias.Pointer, c.Pointer);
        AssertProduct((row, column) => bias.Pointer[column]);
        before.Span.CopyTo(c.Span);
        Gemm.Product(level, a.Pointer, stride, rows, k, w.Pointer, inputs, panels, null, c.Pointer);
        AssertProduct((row, column) => before.Pointer[Panels.At(stride, row, column)]);

        void AssertProduct(Func<int, int, double> begin)
        {
            for (int row = 0; row < stride; row++)
            {
                for (int column = 0; column < n; column++)
                {
                    double sum = row < rows ? begin(row, column) : before.Pointer[Panels.At(stride, row, column)];
                    for (int i = 0; i < k && row < rows; i++)
                        sum += (double)a.Pointer[Panels.At(stride, row, i)] * w.Pointer[Panels.Weight(inputs, i, column)];
                    Assert.Equal(sum, c.Pointer[Panels.At(stride, row, column)], 1e-4);
                }
            }
        }
    });

    [Theory, MemberData(nameof(Shapes))]
    public void Gradients_of_weights_are_the_same_in_all_instructions(int stride, int rows, int k, int n) => ForEachLevel(level =>
    {
        int inputs = Panels.RoundUp(k, Panels.InputTile);
        using FloatBuffer x = Samples(stride, k, 1), y = Samples(stride, n, 2), w = Weights(inputs, k, n, 3);
        using FloatBuffer before = Weights(inputs, k, n, 3);
        Gemm.Gradient(level, x.Pointer, stride, rows, inputs, y.Pointer, Panels.Count(n), w.Pointer);
        for (int i = 0; i < inputs; i++)
        {
            for (int column = 0; column < n; column++)
            {
                double sum = before.Pointer[Panels.Weight(inputs, i, column)];
                for (int row = 0; row < rows && i < k; row++)
                    sum += (double)x.Pointer[Panels.At(stride, row, i)] * y.Pointer[Panels.At(stride, row, column)];
                Assert.Equal(sum, w.Pointer[Panels.Weight(inputs, i, column)], 1e-4);
            }
        }
    });

    [Fact]
    public void Weights_turned_round_are_their_transpose()
    {
        using FloatBuffer w = Weights(48, 43, 70, 1), turned = new(Panels.Count(43) * 32 * 72);
        for (int panel = 0; panel < Panels.Count(43); panel++)
            Gemm.TurnPanel(w.Pointer, 48, 72, panel, turned.Pointer);
        for (int i = 0; i < 43; i++)
        {
            for (int o = 0; o < 70; o++)
                Assert.Equal(w.Pointer[Panels.Weight(48, i, o)], turned.Pointer[Panels.Weight(72, o, i)]);
        }
    }

    internal static void ForEachLevel(Action<SimdLevel> check)
    {
        foreach (SimdLevel level in Simd.Levels)
            check(level);
    }

    private static FloatBuffer Samples(int rows, int width, int seed)
    {
        var random = new Random(seed);
        var buffer = new FloatBuffer((long)Panels.Count(width) * rows * Panels.Width);
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < width; column++)
                buffer.Pointer[Panels.At(rows, row, column)] = random.NextSingle() - 0.5f;
        }
        return buffer;
    }

    private static FloatBuffer Weights(int inputs, int k, int n, int seed)
    {
        var random = new Random(seed);
        var buffer = new FloatBuffer((long)Panels.Count(n) * inputs * Panels.Width);
        for (int i = 0; i < k; i++)
        {
            for (int column = 0; column < n; column++)
                buffer.Pointer[Panels.Weight(inputs, i, column)] = random.NextSingle() - 0.5f;
        }
        return buffer;
    }

    private static FloatBuffer Row(int n, int seed) => Samples(1, n, seed);
}
