namespace MLPlatform.Vlps.Tables;

/// <summary>Which rows a sweep drops. <see cref="TableOptions.MinAge"/> holds besides.</summary>
public sealed record EvictionRule
{
    /// <summary>Rows not touched for more stamps than this go. Default: age alone is no reason.</summary>
    public uint? MaxAge { get; init; }

    /// <summary>Rows touched within so many stamps stay, whatever their weights. Default: 0.</summary>
    public uint MinAge { get; init; }

    /// <summary>Rows whose weights, as one vector, are shorter than this go. Default: 0, none.</summary>
    public float MinNorm { get; init; }

    /// <summary>Never fewer rows are left than this; of those that would go, the oldest go. Default: 0.</summary>
    public long MinRows { get; init; }

    /// <summary>Whether the counts of ids that have no row yet are halved, so that what is seen rarely is forgotten. Default: false.</summary>
    public bool FadeCounters { get; init; }
}
