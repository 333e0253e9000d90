using MLPlatform.Vlps.Metrics;
using MLPlatform.Vlps.Models;
using Xunit;

namespace MLPlatform.Tests.Vlps;

public sealed unsafe class GradientTests
{
    private static readonly uint[] Rows = [3, 7, 11, 14];
    private static readonly float[] Values = [1f, -0.5f, 2f, 0.25f];

    [Theory]
    [InlineData(0, 0f)]
    [InlineData(0, 0.01f)]
    [InlineData(4, 0f)]
    [InlineData(8, 0.01f)]
    [InlineData(11, 0f)]
    [InlineData(16, 0.01f)]
    [InlineData(40, 0f)]
    public void A_step_follows_the_gradient_found_by_finite_differences(int dim, float l2)
    {
        using WeightTable table = Filled(dim);
        foreach (float label in new[] { 0f, 1f })
        {
            for (int feature = 0; feature < Rows.Length; feature++)
            {
                foreach (int coordinate in Coordinates(table))
                    CheckOne(table, feature, coordinate, label, l2);
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(13)]
    [InlineData(16)]
    [InlineData(32)]
    public void The_margin_is_the_sum_over_all_pairs(int dim)
    {
        using WeightTable table = Filled(dim);
        double expected = 0.3;
        for (int i = 0; i < Rows.Length; i++)
        {
            expected += table.Row(Rows[i])[table.WeightOffset] * Values[i];
            for (int j = i + 1; j < Rows.Length; j++)
            {
                for (int k = 0; k < dim; k++)
                    expected += table.Row(Rows[i])[k] * table.Row(Rows[j])[k] * Values[i] * Values[j];
            }
        }
        Assert.Equal(expected, Margin(table), 1e-5);
    }

    private static void CheckOne(WeightTable table, int feature, int coordinate, float label, float l2)
    {
        const float Nudge = 1e-2f, Rate = 1e-3f;
        float* row = table.Row(Rows[feature]);
        float before = row[coordinate];
        row[coordinate] = before + Nudge;
        double above = Loss(table, label);
        row[coordinate] = before - Nudge;
        double below = Loss(table, label);
        row[coordinate] = before;
        double expected = (above - below) / (2 * Nudge) + l2 * before;

        var saved = new ReadOnlySpan<float>(row, table.Stride).ToArray();
        float* sum = stackalloc float[WeightTable.MaxDim];
        float error = Kernels.Sigmoid(Margin(table, sum)) - label;
        Kernels.Update(table, Rows[feature], Values[feature], error, sum, new StepSizes(Rate, l2, 1f), new FirstFactors(1, table.Dim, 0.1f));
        int squares = coordinate == table.WeightOffset ? coordinate + 1 : coordinate + table.Width;
        double actual = (before - row[coordinate]) * Math.Sqrt(row[squares]) / Rate;
        saved.CopyTo(new Span<float>(row, table.Stride));
        Assert.Equal(expected, actual, 2e-3 * Math.Max(1, Math.Abs(expected)));
    }

    private static double Loss(WeightTable table, float label)
    {
        double margin = Margin(table);
        return label > 0 ? Math.Log(1 + Math.Exp(-margin)) : Math.Log(1 + Math.Exp(margin));
    }

    private static float Margin(WeightTable table)
    {
        float* sum = stackalloc float[WeightTable.MaxDim];
        return Margin(table, sum);
    }

    private static float Margin(WeightTable table, float* sum)
    {
        fixed (uint* rows = Rows)
        fixed (float* values = Values)
            return Kernels.Margin(table, 0.3f, rows, values, Rows.Length, Rows.Length, sum, fresh: null);
    }

    private static IEnumerable<int> Coordinates(WeightTable table) => [table.WeightOffset, .. Enumerable.Range(0, table.Dim)];

    private static WeightTable Filled(int dim)
    {
        var table = new WeightTable(dim, hashBits: 4);
        var random = new Random(dim);
        foreach (uint index in Rows)
        {
            float* row = table.Row(index);
            for (int k = 0; k < dim; k++)
                row[k] = random.NextSingle() - 0.5f;
            for (int k = 0; k < table.Width; k++)
                row[table.Width + k] = 0.7f;
            row[table.WeightOffset] = random.NextSingle() - 0.5f;
            row[table.WeightOffset + 1] = 0.7f;
        }
        return table;
    }
}
