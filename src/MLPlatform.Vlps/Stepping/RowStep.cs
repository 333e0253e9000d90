namespace MLPlatform.Vlps.Stepping;

/// <summary>How far an optimizer moves a row. Gradients are sums over the batch.</summary>
public sealed record RowStep
{
    /// <summary>Learning rate. Default: 0.05.</summary>
    public float Rate { get; init; } = 0.05f;

    /// <summary>What Adagrad's and FTRL's sums of squares begin with; larger is more careful with rare features. Default: 0.1.</summary>
    public float FirstSquares { get; init; } = 0.1f;

    /// <summary>FTRL's threshold below which a weight is 0. Default: 0.</summary>
    public float L1 { get; init; }

    /// <summary>Pull of touched weights towards 0. Default: 0.</summary>
    public float L2 { get; init; }

    /// <summary>FTRL's beta, which slows its first steps. Default: 1.</summary>
    public float Beta { get; init; } = 1;

    /// <summary>How much of Adam's mean a step keeps. Default: 0.9.</summary>
    public float MeanDecay { get; init; } = 0.9f;

    /// <summary>How much of Adam's mean of squares a step keeps. Default: 0.999.</summary>
    public float SquareDecay { get; init; } = 0.999f;

    /// <summary>Factors begin between plus and minus this. Default: 0.05.</summary>
    public float FactorScale { get; init; } = 0.05f;
}
