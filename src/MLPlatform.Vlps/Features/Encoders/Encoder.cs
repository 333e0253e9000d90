using MLPlatform.Vlps.Rows;
using MLPlatform.Vlps.Training;

namespace MLPlatform.Vlps.Features.Encoders;

/// <summary>Writes one fitted feature of a row.</summary>
internal abstract class Encoder
{
    public abstract void Bind(ColumnBatch batch);

    public abstract void Encode(int row, SampleBlock into);

    public static Encoder For(FittedFeature feature) => feature switch
    {
        FittedFeature.Number f => new NumberEncoder(f),
        FittedFeature.Text f => new TextEncoder(f),
        _ => CategoryEncoder.ForCategory(feature),
    };
}

/// <summary>A feature that puts the row into one category, known by a token.</summary>
internal abstract class CategoryEncoder(string name) : Encoder
{
    private readonly ulong _seed = FeatureHash.Seed(name);

    public abstract ulong Token(int row);

    public override void Encode(int row, SampleBlock into) => into.Add(FeatureHash.Combine(_seed, Token(row)), 1f);

    public static CategoryEncoder ForCategory(FittedFeature feature) => feature switch
    {
        FittedFeature.Hashed f => new HashEncoder(f),
        FittedFeature.Bucketed f => new BucketEncoder(f),
        FittedFeature.OneHot f => new OneHotEncoder(f),
        FittedFeature.Cross f => new CrossEncoder(f),
        _ => throw new VlpsException(VlpsProblem.Specification, $"feature '{feature.Name}' is not categorical, so it cannot be crossed"),
    };
}
