using MLPlatform.Vlps.Batches;
using MLPlatform.Vlps.Rows;
using MLPlatform.Vlps.Training;

namespace MLPlatform.Vlps.Features.Encoders;

/// <summary>Writes one fitted feature of rows. Not for use from two threads at once; each feature has its own.</summary>
internal abstract class Encoder
{
    public abstract void Bind(ColumnBatch batch);

    public abstract void Encode(int row, SampleBlock into);

    /// <summary>Adds the feature of rows that follow each other to its field.</summary>
    /// <param name="first">The first row.</param>
    /// <param name="rows">How many.</param>
    /// <param name="into">The feature's field.</param>
    /// <param name="sample">The sample that the first row becomes.</param>
    public abstract void Encode(int first, int rows, FieldColumn into, int sample);

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
    // What a core's first cache holds.
    private const int Piece = 1024;

    private readonly ulong _seed = FeatureHash.Seed(name);

    public abstract ulong Token(int row);

    /// <summary>The tokens of rows that follow each other.</summary>
    public virtual void Tokens(int first, Span<ulong> tokens)
    {
        for (int i = 0; i < tokens.Length; i++)
            tokens[i] = Token(first + i);
    }

    public override void Encode(int row, SampleBlock into) => into.Add(FeatureHash.Combine(_seed, Token(row)), 1f);

    public override void Encode(int first, int rows, FieldColumn into, int sample)
    {
        Span<ulong> ids = into.Extend(rows);
        for (int done = 0; done < rows; done += Piece)
        {
            Span<ulong> piece = ids[done..Math.Min(rows, done + Piece)];
            Tokens(first + done, piece);
            VectorHash.Combine(_seed, piece);
        }
    }

    public static CategoryEncoder ForCategory(FittedFeature feature) => feature switch
    {
        FittedFeature.Hashed f => new HashEncoder(f),
        FittedFeature.Bucketed f => new BucketEncoder(f),
        FittedFeature.OneHot f => new OneHotEncoder(f),
        FittedFeature.Cross f => new CrossEncoder(f),
        _ => throw new VlpsException(VlpsProblem.Specification, $"feature '{feature.Name}' is not categorical, so it cannot be crossed"),
    };
}
