using MLPlatform.Vlps.Arithmetic;
using MLPlatform.Vlps.Batches;
using MLPlatform.Vlps.Declarations;
using MLPlatform.Vlps.Networks;
using MLPlatform.Vlps.Tables;
using Xunit;

namespace MLPlatform.Tests.Vlps.Networks;

/// <summary>A linear model's weights are taken out of their rows for a batch. Those of ids with values are not, and must come to the same.</summary>
public sealed class LinearWeightsTests
{
    private const int Rows = 3000;

    /// <param name="ids">Of a field: few occur often in a batch, of many nearly each once.</param>
    /// <param name="minCount">How often an id must be seen before it has a row.</param>
    [Theory]
    [InlineData(3, 1, RowOptimizer.Adagrad)]
    [InlineData(90, 1, RowOptimizer.Adagrad)]
    [InlineData(20_000, 1, RowOptimizer.Adagrad)]
    [InlineData(90, 1, RowOptimizer.AdagradFull)]
    [InlineData(900, 3, RowOptimizer.Adagrad)]
    [InlineData(90, 1, RowOptimizer.Ftrl)]
    [InlineData(90, 1, RowOptimizer.LazyAdam)]
    public void Weights_that_are_taken_out_learn_as_those_in_rows_do(int ids, int minCount, RowOptimizer optimizer)
    {
        foreach (SimdLevel level in Simd.Levels)
        {
            foreach (double l2 in new[] { 0, 0.01 })
            {
                var declared = new ModelDeclaration
                {
                    Model = ModelName.Lr,
                    Fields = new FieldDeclaration { MinCount = minCount, Optimizer = optimizer, L2 = l2, FirstSquares = 0.5 },
                };
                Assert.Equal(Learn(declared, ids, level, weighted: true, threads: 1), Learn(declared, ids, level, weighted: false, threads: 1));
                Assert.Equal(Learn(declared, ids, level, weighted: true, threads: 1), Learn(declared, ids, level, weighted: false, threads: 3));
            }
        }
    }

    private static ulong Learn(ModelDeclaration declared, int ids, SimdLevel level, bool weighted, int threads)
    {
        SampleField[] fields = [new("user", false, weighted), new("item", false, weighted), new("shop", false, weighted)];
        using var model = new SparseModel(declared, new SampleColumns(fields, ["age"]), new SparseOptions { Batch = 250, Threads = threads, AnyThreads = true }, level);
        FieldBlock block = model.NewBlock();
        var random = new Random(5);
        for (int i = 0; i < Rows; i++)
        {
            for (int f = 0; f < fields.Length; f++)
                block.Fields[f].Add(Samples.Id($"f{f}", random.Next(ids)));
            int row = block.EndRow(random.Next(2), 0.5f + random.NextSingle());
            block.Numbers[row] = random.NextSingle();
        }
        float[] scores = new float[Rows];
        model.Train(block, [scores]);
        model.Train(block, [scores]);
        Assert.InRange(model.Rows, 1, 3 * ids);
        return model.Digest();
    }
}
