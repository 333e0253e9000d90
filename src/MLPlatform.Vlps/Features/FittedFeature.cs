using System.Text.Json.Serialization;

namespace MLPlatform.Vlps.Features;

/// <summary>A feature with all that was learned about it from the training table.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(Hashed), "hash")]
[JsonDerivedType(typeof(Bucketed), "bucketize")]
[JsonDerivedType(typeof(Number), "number")]
[JsonDerivedType(typeof(OneHot), "oneHot")]
[JsonDerivedType(typeof(Cross), "cross")]
[JsonDerivedType(typeof(Text), "textNgram")]
public abstract record FittedFeature(string Name)
{
    /// <summary>The columns it reads.</summary>
    [JsonIgnore]
    public abstract IEnumerable<string> Columns { get; }

    /// <summary>A feature that puts each row into one category, so that it can be crossed.</summary>
    [JsonIgnore]
    public bool IsCategorical => this is Hashed or Bucketed or OneHot or Cross;

    public sealed record Hashed(string Name, string Column) : FittedFeature(Name)
    {
        public override IEnumerable<string> Columns => [Column];
    }

    /// <param name="Name">The feature's name.</param>
    /// <param name="Column">The column it reads.</param>
    /// <param name="Boundaries">Ascending; n boundaries make n + 1 buckets.</param>
    public sealed record Bucketed(string Name, string Column, IReadOnlyList<double> Boundaries) : FittedFeature(Name)
    {
        public override IEnumerable<string> Columns => [Column];
    }

    /// <summary>(x - Mean) · Scale, of x or of its signed logarithm.</summary>
    public sealed record Number(string Name, string Column, bool Log, double Mean, double Scale) : FittedFeature(Name)
    {
        public override IEnumerable<string> Columns => [Column];
    }

    /// <param name="Name">The feature's name.</param>
    /// <param name="Column">The column it reads.</param>
    /// <param name="Vocabulary">Known values in canonical spelling, ordinal order.</param>
    public sealed record OneHot(string Name, string Column, IReadOnlyList<string> Vocabulary) : FittedFeature(Name)
    {
        public override IEnumerable<string> Columns => [Column];
    }

    /// <param name="Name">The feature's name.</param>
    /// <param name="Parts">Categorical features; they need not be features of the set themselves.</param>
    public sealed record Cross(string Name, IReadOnlyList<FittedFeature> Parts) : FittedFeature(Name)
    {
        public override IEnumerable<string> Columns => Parts.SelectMany(p => p.Columns);
    }

    public sealed record Text(string Name, string Column, NgramRange? Words, NgramRange? Characters, bool LowerCase) : FittedFeature(Name)
    {
        public override IEnumerable<string> Columns => [Column];
    }
}
