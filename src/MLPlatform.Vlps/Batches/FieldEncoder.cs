using MLPlatform.Vlps.Features;
using MLPlatform.Vlps.Networks;
using MLPlatform.Vlps.Rows;

namespace MLPlatform.Vlps.Batches;

/// <summary>
/// Writes raw rows as samples by field: each fitted feature is a field of its name. A category is one id; numbers and texts
/// have any number of ids with values, a number of 0 none. An id has its feature's seed in it, so no two fields share a row
/// of a table, which two threads would step.
/// </summary>
public sealed class FieldEncoder
{
    private readonly FeatureTransform _transform;

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

    /// <summary>Looks the columns up; call once for every batch.</summary>
    public void Bind(ColumnBatch batch) => _transform.Bind(batch);

    /// <summary>Binds and adds rows that follow each other with some fields alone; the others are not to be looked at.</summary>
    internal void Encode(ColumnBatch batch, int first, int rows, FieldBlock into, IReadOnlyList<int> fields)
    {
        _transform.Bind(batch, fields);
        int sample = into.AddRows(rows);
        foreach (int field in fields)
            Encode(field, first, rows, into, sample);
    }

    /// <summary>Adds rows that follow each other as samples without label.</summary>
    public void Encode(int first, int rows, FieldBlock into)
    {
        int sample = into.AddRows(rows);
        for (int field = 0; field < into.Fields.Count; field++)
            Encode(field, first, rows, into, sample);
    }

    /// <summary>Adds the ids of one field. Different fields may be encoded at once.</summary>
    /// <param name="sample">The sample that the first row becomes.</param>
    internal void Encode(int field, int first, int rows, FieldBlock into, int sample) => _transform.EncodeField(field, first, rows, into.Fields[field], sample);
}
