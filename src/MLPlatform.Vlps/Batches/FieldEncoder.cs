using MLPlatform.Vlps.Features;
using MLPlatform.Vlps.Networks;
using MLPlatform.Vlps.Rows;
using MLPlatform.Vlps.Training;

namespace MLPlatform.Vlps.Batches;

/// <summary>
/// Writes raw rows as samples by field: each fitted feature is a field of its name. A category is one id; numbers and texts
/// have any number of ids with values, a number of 0 none. An id has its feature's seed in it, so no two fields share a row
/// of a table, which two threads would step.
/// </summary>
public sealed class FieldEncoder
{
    private readonly FeatureTransform _transform;
    private readonly SampleBlock _ids = new();

    /// <exception cref="VlpsException">Two features have one name, and so would have the same ids.</exception>
    public FieldEncoder(FeatureSpec spec)
    {
        _transform = new FeatureTransform(spec);
        Fields = FieldsOf(spec);
    }

    /// <summary>The columns that a batch must have.</summary>
    public IReadOnlyList<string> Columns => _transform.Columns;

    /// <summary>What the samples have.</summary>
    public SampleColumns Fields { get; }

    /// <summary>The fields that fitted features give.</summary>
    public static SampleColumns FieldsOf(FeatureSpec spec)
    {
        if (spec.Features.GroupBy(f => f.Name).FirstOrDefault(g => g.Count() > 1) is { } same)
            throw new VlpsException(VlpsProblem.Specification, $"there are two features named '{same.Key}'; each is a field of its own and needs a name of its own");
        return new SampleColumns([.. spec.Features.Select(f => new SampleField(f.Name, Many: !f.IsCategorical, Weighted: !f.IsCategorical))], []);
    }

    /// <summary>Looks the columns up; call once for every new content of a batch.</summary>
    public void Bind(ColumnBatch batch) => _transform.Bind(batch);

    /// <summary>Adds the ids of one row to the sample that is being written; the caller ends it.</summary>
    /// <returns>How many.</returns>
    public int Encode(int row, FieldBlock into)
    {
        int count = 0;
        for (int f = 0; f < into.Fields.Count; f++)
        {
            _ids.Clear();
            _transform.EncodeFeature(f, row, _ids);
            for (int i = 0; i < _ids.Count; i++)
                into.Fields[f].Add(_ids.Ids[i], _ids.Values[i]);
            count += _ids.Count;
        }
        return count;
    }
}
