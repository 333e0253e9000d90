using System.Text;
using MLPlatform.Vlps.Features.Encoders;
using MLPlatform.Vlps.Rows;

namespace MLPlatform.Vlps.Features;

/// <summary>A feature while it is being fitted.</summary>
internal abstract class FeatureDraft(string name)
{
    public string Name { get; } = name;


    public abstract bool IsCategorical { get; }

    public abstract IEnumerable<string> Columns { get; }

    /// <param name="batch">The next rows.</param>
    /// <param name="rowsBefore">Rows before this batch, for messages.</param>
    public virtual void Observe(ColumnBatch batch, long rowsBefore) { }

    public abstract FittedFeature Finish();
}

internal sealed class HashDraft(string name, string column) : FeatureDraft(name)
{
    public override bool IsCategorical => true;

    public override IEnumerable<string> Columns => [column];

    public override FittedFeature Finish() => new FittedFeature.Hashed(Name, column);
}

internal sealed class TextDraft(string name, string column, NgramRange? words, NgramRange? characters, bool lowerCase) : FeatureDraft(name)
{
    public override bool IsCategorical => false;

    public override IEnumerable<string> Columns => [column];

    public override FittedFeature Finish() => new FittedFeature.Text(Name, column, words, characters, lowerCase);
}

internal sealed class CrossDraft(string name, IReadOnlyList<FeatureDraft> parts) : FeatureDraft(name)
{
    public override bool IsCategorical => true;

    public override IEnumerable<string> Columns => parts.SelectMany(p => p.Columns);

    public override FittedFeature Finish() => new FittedFeature.Cross(Name, [.. parts.Select(p => p.Finish())]);
}

internal sealed class OneHotDraft(string name, string column, int minCount) : FeatureDraft(name)
{
    /// <summary>More distinct values than this belong into a hashed feature.</summary>
    public const int MaxValues = 100_000;

    private readonly Dictionary<string, long> _counts = new(StringComparer.Ordinal);

    public override bool IsCategorical => true;

    public override IEnumerable<string> Columns => [column];

    public override void Observe(ColumnBatch batch, long rowsBefore)
    {
        Column cells = batch[column];
        Span<byte> scratch = stackalloc byte[32];
        for (int row = 0; row < batch.Rows; row++)
        {
            if (!cells.IsPresent(row))
                continue;
            string value = Encoding.UTF8.GetString(cells.Canonical(row, scratch));
            _counts[value] = _counts.GetValueOrDefault(value) + 1;
            if (_counts.Count > MaxValues)
                throw new VlpsException(VlpsProblem.Specification,
                    $"column '{column}' has more than {MaxValues} values, too many for oneHot; use hash, which needs no vocabulary");
        }
    }

    public override FittedFeature Finish() => new FittedFeature.OneHot(
        Name, column, [.. _counts.Where(c => c.Value >= minCount).Select(c => c.Key).Order(StringComparer.Ordinal)]);
}

internal sealed class NumberDraft(string name, string column, bool log, bool scale) : FeatureDraft(name)
{
    private long _count;
    private double _mean;
    private double _squares;

    public override bool IsCategorical => false;

    public override IEnumerable<string> Columns => [column];

    public override void Observe(ColumnBatch batch, long rowsBefore)
    {
        Column cells = batch[column];
        for (int row = 0; row < batch.Rows; row++)
        {
            if (!Numbers.TryRead(cells, row, rowsBefore, out double x))
                continue;
            if (!double.IsFinite(x))
                throw new VlpsException(VlpsProblem.ColumnType,
                    $"row {rowsBefore + row} of column '{column}' is infinite, which no weight can be multiplied by; clean the table first, or use bucketize");
            x = log ? NumberEncoder.SignedLog(x) : x;
            _count++;
            double delta = x - _mean; // Welford: one pass, and no cancellation.
            _mean += delta / _count;
            _squares += delta * (x - _mean);
        }
    }

    public override FittedFeature Finish()
    {
        if (!scale)
            return new FittedFeature.Number(Name, column, log, 0, 1);
        double deviation = _count > 1 ? Math.Sqrt(_squares / _count) : 0;
        return new FittedFeature.Number(Name, column, log, _mean, deviation > 1e-12 * Math.Max(1, Math.Abs(_mean)) ? 1 / deviation : 0);
    }
}

/// <summary>Given boundaries, or quantiles of a seeded sample of at most <see cref="SampleSize"/> values (all of them where there are fewer).</summary>
internal sealed class BucketDraft(string name, string column, int buckets, IReadOnlyList<double>? boundaries) : FeatureDraft(name)
{
    public const int SampleSize = 262_144;

    private readonly List<double> _sample = [];
    private ulong _seen;
    private ulong _random = FeatureHash.Seed(name);

    public override bool IsCategorical => true;

    public override IEnumerable<string> Columns => [column];

    public override void Observe(ColumnBatch batch, long rowsBefore)
    {
        Column cells = batch[column];
        for (int row = 0; row < batch.Rows; row++)
        {
            if (Numbers.TryRead(cells, row, rowsBefore, out double x) && boundaries is null)
                Sample(x);
        }
    }

    public override FittedFeature Finish()
    {
        if (boundaries is not null)
            return new FittedFeature.Bucketed(Name, column, boundaries);
        _sample.Sort();
        var cuts = new List<double>();
        for (int i = 1; i < buckets && _sample.Count > 0; i++)
        {
            double cut = _sample[(int)((long)_sample.Count * i / buckets)];
            if (double.IsFinite(cut) && cut > _sample[0] && (cuts.Count == 0 || cut > cuts[^1]))
                cuts.Add(cut);
        }
        return new FittedFeature.Bucketed(Name, column, cuts);
    }

    // Reservoir sampling: every value has the same chance to be in the sample.
    private void Sample(double x)
    {
        _seen++;
        if (_sample.Count < SampleSize)
        {
            _sample.Add(x);
            return;
        }
        _random = FeatureHash.Combine(_random, _seen);
        ulong place = Math.BigMul(_random, _seen, out _);
        if (place < SampleSize)
            _sample[(int)place] = x;
    }
}

internal static class Numbers
{
    /// <summary>Reads a number; false where it is missing. A text that is no number is an error while fitting, so that it is noticed.</summary>
    public static bool TryRead(Column cells, int row, long rowsBefore, out double value)
    {
        if (cells.TryNumber(row, out value))
            return true;
        if (cells.IsPresent(row))
            throw new VlpsException(VlpsProblem.ColumnType,
                $"column '{cells.Name}' is to be a number, but row {rowsBefore + row} holds '{cells.Describe(row)}'; clean the table first, or use hash or oneHot");
        return false;
    }
}
