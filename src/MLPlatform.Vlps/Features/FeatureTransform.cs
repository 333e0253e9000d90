using MLPlatform.Vlps.Batches;
using MLPlatform.Vlps.Features.Encoders;
using MLPlatform.Vlps.Rows;
using MLPlatform.Vlps.Training;

namespace MLPlatform.Vlps.Features;

/// <summary>
/// Turns raw rows into sparse features. Training and serving both go through here, so they cannot disagree. Not for use
/// from two threads at once; it allocates nothing per row.
/// </summary>
public sealed class FeatureTransform
{
    private readonly Encoder[] _encoders;

    public FeatureTransform(FeatureSpec spec)
    {
        Spec = spec;
        Columns = [.. spec.Features.SelectMany(f => f.Columns).Distinct(StringComparer.Ordinal)];
        _encoders = [.. spec.Features.Select(Encoder.For)];
    }

    public FeatureSpec Spec { get; }

    /// <summary>The columns that a batch must have.</summary>
    public IReadOnlyList<string> Columns { get; }

    /// <summary>Looks the columns up; call once for every new content of a batch, before <see cref="Encode"/>.</summary>
    public void Bind(ColumnBatch batch)
    {
        foreach (Encoder encoder in _encoders)
            encoder.Bind(batch);
    }

    /// <summary>The same for some features alone.</summary>
    internal void Bind(ColumnBatch batch, IReadOnlyList<int> features)
    {
        foreach (int feature in features)
            _encoders[feature].Bind(batch);
    }

    /// <summary>Adds the features of one row to the sample that is being written; the caller ends the row.</summary>
    public void Encode(int row, SampleBlock into)
    {
        foreach (Encoder encoder in _encoders)
            encoder.Encode(row, into);
    }

    /// <summary>Adds what one feature gives for rows that follow each other to its field. Different features may be encoded at once.</summary>
    /// <param name="sample">The sample that the first row becomes.</param>
    internal void EncodeField(int feature, int first, int rows, FieldColumn into, int sample) => _encoders[feature].Encode(first, rows, into, sample);

    /// <summary>Adds all rows of a batch as samples without label.</summary>
    public void EncodeAll(ColumnBatch batch, SampleBlock into)
    {
        Bind(batch);
        for (int row = 0; row < batch.Rows; row++)
        {
            Encode(row, into);
            into.EndRow(label: 0, weight: 1);
        }
    }
}
