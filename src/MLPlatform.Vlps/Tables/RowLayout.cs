namespace MLPlatform.Vlps.Tables;

/// <summary>How the factors of a row are kept. Everything else in a row is a 32-bit float.</summary>
public enum Precision
{
#pragma warning disable CA1720 // That is what it is called.
    Float32,
#pragma warning restore CA1720

    /// <summary>16 bits with the range of a float: half the memory. Updates must round stochastically, or small steps are lost.</summary>
    BFloat16,
}

/// <summary>Which state a row keeps for its optimizer.</summary>
public enum RowOptimizer
{
    /// <summary>One sum of squares for all factors of the row, one for the linear weight.</summary>
    Adagrad,

    /// <summary>A sum of squares for each factor.</summary>
    AdagradFull,

    /// <summary>z and n for each weight.</summary>
    Ftrl,

    /// <summary>Both moments for each weight; rows that were not seen catch up by their stamp.</summary>
    Adam,

    /// <summary>Both moments for each weight; rows that were not seen stay as they are.</summary>
    LazyAdam,
}

/// <summary>
/// Where things stand in a row, in bytes. One layout per table: a model whose fields differ in dimension, optimizer or
/// precision has several tables.
/// <code>
/// 8 id   4 stamp   2 count   2 flags   [4 linear weight, its state]   [one state for all factors]   factors   [a state for each]
/// </code>
/// </summary>
public sealed record RowLayout
{
    /// <summary>Id, stamp, count and flags.</summary>
    public const int HeaderBytes = 16;

    /// <summary>Factors at most.</summary>
    public const int MaxDim = 256;

    private const int Alignment = 16;

    /// <param name="dim">Factors of a row, from 0 to 256.</param>
    /// <param name="precision">How factors are kept.</param>
    /// <param name="optimizer">Which state goes with them.</param>
    /// <param name="linear">Whether the row has a linear weight with its state.</param>
    public RowLayout(int dim, Precision precision, RowOptimizer optimizer, bool linear)
    {
        if (dim is < 0 or > MaxDim)
            throw new VlpsException(VlpsProblem.Option, $"dim must be from 0 to {MaxDim}; it is {dim}");
        if (dim == 0 && !linear)
            throw new VlpsException(VlpsProblem.Option, "a row without factors needs a linear weight");
        if (!Enum.IsDefined(precision) || !Enum.IsDefined(optimizer))
            throw new VlpsException(VlpsProblem.Option, $"there is no precision {precision} or no optimizer {optimizer}");
        (Dim, Precision, Optimizer, Linear) = (dim, precision, optimizer, linear);

        bool adagrad = optimizer is RowOptimizer.Adagrad or RowOptimizer.AdagradFull;
        int end = HeaderBytes;
        LinearOffset = end;
        end += linear ? sizeof(float) : 0;
        LinearStateOffset = end;
        LinearStateBytes = !linear ? 0 : adagrad ? sizeof(float) : 2 * sizeof(float);
        end += LinearStateBytes;

        FactorBytes = dim * (precision == Precision.BFloat16 ? 2 : sizeof(float));
        FactorStateBytes = dim == 0 ? 0 : optimizer switch
        {
            RowOptimizer.Adagrad => sizeof(float),
            RowOptimizer.AdagradFull => dim * sizeof(float),
            _ => 2 * dim * sizeof(float),
        };
        // A single sum fits into the gap before the factors, which begin on a multiple of 16 for wide loads.
        if (optimizer == RowOptimizer.Adagrad)
        {
            FactorStateOffset = end;
            FactorsOffset = RoundUp(end + FactorStateBytes);
            end = FactorsOffset + FactorBytes;
        }
        else
        {
            FactorsOffset = dim == 0 ? end : RoundUp(end);
            FactorStateOffset = dim == 0 ? end : RoundUp(FactorsOffset + FactorBytes);
            end = FactorStateOffset + FactorStateBytes;
        }
        Bytes = RoundUp(end);
    }

    public int Dim { get; }

    public Precision Precision { get; }

    public RowOptimizer Optimizer { get; }

    public bool Linear { get; }

    /// <summary>The id, 8 bytes.</summary>
    public int KeyOffset { get; }

    /// <summary>When the row was last asked for with the intent to change it, 4 bytes.</summary>
    public int StampOffset { get; } = 8;

    /// <summary>How often its id was counted, 2 bytes; stays at 65535.</summary>
    public int CountOffset { get; } = 12;

    /// <summary>The linear weight, a 32-bit float.</summary>
    public int LinearOffset { get; }

    /// <summary>One sum of squares (Adagrad) or z and n, or both moments.</summary>
    public int LinearStateOffset { get; }

    public int LinearStateBytes { get; }

    /// <summary>The factors; a multiple of 16.</summary>
    public int FactorsOffset { get; }

    public int FactorBytes { get; }

    /// <summary>One float for the row, one for each factor, or all z (first moments) followed by all n (second moments).</summary>
    public int FactorStateOffset { get; }

    public int FactorStateBytes { get; }

    /// <summary>The whole row; a multiple of 16.</summary>
    public int Bytes { get; }

    public override string ToString() =>
        $"dim {Dim} {Precision}, {Optimizer}{(Linear ? " with linear weight" : "")}, {Bytes} bytes";

    private static int RoundUp(int bytes) => (bytes + Alignment - 1) & -Alignment;
}
