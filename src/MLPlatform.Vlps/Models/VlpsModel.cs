using MLPlatform.Vlps.Training;

namespace MLPlatform.Vlps.Models;

/// <summary>A trained model: bias and weight table. Scoring is safe from several threads at once while nothing trains it.</summary>
public sealed class VlpsModel : IDisposable
{
    public VlpsModel(ModelKind kind, int dim, int hashBits)
    {
        if (kind == ModelKind.FactorizationMachine && dim < 1)
            throw new VlpsException(VlpsProblem.Option, $"a factorization machine needs dim of at least 1; it is {dim}");
        Kind = kind;
        Table = new WeightTable(kind == ModelKind.LogisticRegression ? 0 : dim, hashBits);
    }

    public ModelKind Kind { get; }

    /// <summary>Factors of each feature; 0 for logistic regression.</summary>
    public int Dim => Table.Dim;

    public int HashBits => Table.HashBits;

    public float Bias { get; internal set; }

    /// <summary>Adagrad's sum of squares for the bias.</summary>
    public float BiasSquares { get; internal set; }

    /// <summary>Rows of the table that training has touched.</summary>
    public long CountFeatures() => Table.CountTouched();

    internal WeightTable Table { get; }

    /// <summary>The probability of label 1 for each row of the block. Features that training never saw count as nothing.</summary>
    public void Score(SampleBlock block, Span<float> probabilities)
    {
        Margins(block, probabilities);
        for (int row = 0; row < block.Rows; row++)
            probabilities[row] = Kernels.Sigmoid(probabilities[row]);
    }

    /// <summary>The log-odds of label 1 for each row of the block.</summary>
    public unsafe void Margins(SampleBlock block, Span<float> margins)
    {
        if (margins.Length < block.Rows)
            throw new ArgumentException($"room for {margins.Length} scores, but the block has {block.Rows} rows", nameof(margins));
        const int Chunk = 4096;
        uint* rows = stackalloc uint[Chunk];
        float* sum = stackalloc float[WeightTable.MaxDim];
        ReadOnlySpan<ulong> ids = block.Ids;
        fixed (float* values = block.Values)
        {
            for (int row = 0; row < block.Rows; row++)
            {
                int start = block.Start(row), count = block.End(row) - start;
                if (count <= Chunk)
                {
                    Resolve(ids.Slice(start, count), rows);
                    margins[row] = Kernels.Margin(Table, Bias, rows, values + start, count, count, sum, fresh: null);
                    continue;
                }
                var many = new uint[count]; // A row of thousands of features; rare enough to allocate.
                fixed (uint* longRows = many)
                {
                    Resolve(ids.Slice(start, count), longRows);
                    margins[row] = Kernels.Margin(Table, Bias, longRows, values + start, count, count, sum, fresh: null);
                }
            }
        }
    }

    private unsafe void Resolve(ReadOnlySpan<ulong> ids, uint* rows)
    {
        for (int i = 0; i < ids.Length; i++)
            rows[i] = Table.RowOf(ids[i]);
    }

    public void Dispose() => Table.Dispose();
}
