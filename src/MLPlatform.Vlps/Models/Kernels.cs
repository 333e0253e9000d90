using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MLPlatform.Vlps.Models;

/// <summary>The arithmetic of one sample. Everything hot is here, and nothing here allocates.</summary>
internal static unsafe class Kernels
{
    /// <summary>How many features ahead rows are fetched into the cache.</summary>
    private const int Ahead = 12;

    /// <summary>
    /// The margin (log-odds) of a sample under weights that training may not have touched yet: such rows count with the
    /// factors that they will begin with.
    /// </summary>
    /// <param name="table">The weights.</param>
    /// <param name="bias">The bias.</param>
    /// <param name="rows">Table rows of the features; at least <paramref name="available"/> may be read ahead.</param>
    /// <param name="values">Values of the features.</param>
    /// <param name="count">Features of the sample.</param>
    /// <param name="available">Features from here to the end of the block, for fetching ahead.</param>
    /// <param name="sum">Receives the sums of v·x, Width of them; not used without factors.</param>
    /// <param name="fresh">Makes first factors, or null where rows not touched count as nothing.</param>
    public static float Margin(
        WeightTable table, float bias, uint* rows, float* values, int count, int available, float* sum, FirstFactors? fresh)
    {
        if (table.Dim == 0)
            return LinearMargin(table, bias, rows, values, count, available);
        return table.Width == 16
            ? Margin16(table, bias, rows, values, count, available, sum, fresh)
            : MarginAny(table, bias, rows, values, count, available, sum, fresh);
    }

    private static float LinearMargin(WeightTable table, float bias, uint* rows, float* values, int count, int available)
    {
        float margin = bias;
        for (int i = 0; i < count; i++)
        {
            if (i + Ahead < available)
                Fetch(table.Row(rows[i + Ahead]));
            margin += table.Row(rows[i])[0] * values[i];
        }
        return margin;
    }

    private static float Margin16(
        WeightTable table, float bias, uint* rows, float* values, int count, int available, float* sum, FirstFactors? fresh)
    {
        float* first = stackalloc float[16];
        float margin = bias;
        Vector512<float> s = Vector512<float>.Zero, squares = Vector512<float>.Zero;
        for (int i = 0; i < count; i++)
        {
            if (i + Ahead < available)
                FetchRow(table, rows[i + Ahead]);
            float* row = table.Row(rows[i]);
            margin += row[32] * values[i];
            float* v = row[33] == 0 && fresh is not null ? fresh.Fill(rows[i], first, 16) : row;
            Vector512<float> t = Vector512.Load(v) * Vector512.Create(values[i]);
            s += t;
            squares = Vector512.FusedMultiplyAdd(t, t, squares);
        }
        Vector512.Store(s, sum);
        return margin + 0.5f * Vector512.Sum(Vector512.FusedMultiplyAdd(s, s, -squares));
    }

    private static float MarginAny(
        WeightTable table, float bias, uint* rows, float* values, int count, int available, float* sum, FirstFactors? fresh)
    {
        int width = table.Width;
        float* first = stackalloc float[WeightTable.MaxDim];
        new Span<float>(sum, width).Clear();
        float margin = bias;
        Vector256<float> squares = Vector256<float>.Zero;
        for (int i = 0; i < count; i++)
        {
            if (i + Ahead < available)
                FetchRow(table, rows[i + Ahead]);
            float* row = table.Row(rows[i]);
            margin += row[2 * width] * values[i];
            float* v = row[2 * width + 1] == 0 && fresh is not null ? fresh.Fill(rows[i], first, width) : row;
            Vector256<float> x = Vector256.Create(values[i]);
            for (int j = 0; j < width; j += 8)
            {
                Vector256<float> t = Vector256.Load(v + j) * x;
                Vector256.Store(Vector256.Load(sum + j) + t, sum + j);
                squares = Vector256.FusedMultiplyAdd(t, t, squares);
            }
        }
        Vector256<float> sums = Vector256<float>.Zero;
        for (int j = 0; j < width; j += 8)
            sums = Vector256.FusedMultiplyAdd(Vector256.Load(sum + j), Vector256.Load(sum + j), sums);
        return margin + 0.5f * Vector256.Sum(sums - squares);
    }

    /// <summary>One Adagrad step of one feature's row, for the loss gradient <paramref name="error"/> with respect to the margin.</summary>
    public static void Update(WeightTable table, uint index, float value, float error, float* sum, in StepSizes step, FirstFactors fresh)
    {
        float* row = table.Row(index);
        int offset = table.WeightOffset;
        if (row[offset + 1] == 0)
            Touch(table, index, row, step, fresh);
        float gradient = error * value + step.L2 * row[offset];
        float squares = row[offset + 1] + gradient * gradient;
        row[offset + 1] = squares;
        row[offset] -= step.Rate * gradient / MathF.Sqrt(squares);
        if (table.Width == 16)
            UpdateFactors16(row, value, error * value, sum, step);
        else
            UpdateFactors(row, table.Width, value, error * value, sum, step);
    }

    private static void UpdateFactors16(float* row, float value, float slope, float* sum, in StepSizes step)
    {
        Vector512<float> v = Vector512.Load(row);
        Vector512<float> rest = Vector512.Load(sum) - v * Vector512.Create(value);
        Vector512<float> gradient = Vector512.FusedMultiplyAdd(Vector512.Create(slope), rest, v * Vector512.Create(step.L2));
        Vector512<float> squares = Vector512.FusedMultiplyAdd(gradient, gradient, Vector512.Load(row + 16));
        Vector512.Store(squares, row + 16);
        Vector512.Store(v - Vector512.Create(step.Rate) * gradient / Vector512.Sqrt(squares), row);
    }

    private static void UpdateFactors(float* row, int width, float value, float slope, float* sum, in StepSizes step)
    {
        for (int j = 0; j < width; j += 8)
        {
            Vector256<float> v = Vector256.Load(row + j);
            Vector256<float> rest = Vector256.Load(sum + j) - v * Vector256.Create(value);
            Vector256<float> gradient = Vector256.FusedMultiplyAdd(Vector256.Create(slope), rest, v * Vector256.Create(step.L2));
            Vector256<float> squares = Vector256.FusedMultiplyAdd(gradient, gradient, Vector256.Load(row + width + j));
            Vector256.Store(squares, row + width + j);
            Vector256.Store(v - Vector256.Create(step.Rate) * gradient / Vector256.Sqrt(squares), row + j);
        }
    }

    private static void Touch(WeightTable table, uint index, float* row, in StepSizes step, FirstFactors fresh)
    {
        if (table.Width > 0)
        {
            fresh.Fill(index, row, table.Width);
            new Span<float>(row + table.Width, table.Width).Fill(step.FirstSquares);
        }
        row[table.WeightOffset + 1] = step.FirstSquares;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Fetch(float* address)
    {
        if (Sse.IsSupported)
            Sse.Prefetch0(address);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void FetchRow(WeightTable table, uint index)
    {
        float* row = table.Row(index);
        for (int offset = 0; offset < table.Stride; offset += 16)
            Fetch(row + offset);
    }

    public static float Sigmoid(float margin) => 1f / (1f + MathF.Exp(-margin));
}

/// <param name="Rate">Learning rate.</param>
/// <param name="L2">Strength of the pull towards 0, on what a sample touches.</param>
/// <param name="FirstSquares">What Adagrad's sums of squares begin with; above 0.</param>
internal readonly record struct StepSizes(float Rate, float L2, float FirstSquares);

/// <summary>The small random factors that a row begins with: a function of seed and row alone, so the order of training does not matter.</summary>
internal sealed unsafe class FirstFactors(ulong seed, int dim, float scale)
{
    public float* Fill(uint row, float* into, int width)
    {
        ulong state = Features.FeatureHash.Combine(seed, row);
        for (int j = 0; j < width; j++)
        {
            state = Features.FeatureHash.Combine(state, (ulong)j);
            into[j] = j < dim ? scale * (((state >> 40) * (2f / (1 << 24))) - 1f) : 0f;
        }
        return into;
    }
}
