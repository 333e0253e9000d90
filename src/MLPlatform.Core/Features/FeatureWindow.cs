namespace MLPlatform.Core.Features;

/// <summary>The events that take part in one feature right now, and what it makes of them.</summary>
internal abstract class FeatureWindow
{
    public abstract FeatureValue Value { get; }

    /// <param name="replaces">Whether a row may replace an earlier one.</param>
    public static FeatureWindow For(PlannedFeature feature, bool replaces) => feature.Op switch
    {
        null => NewestWindow.For(takesMissing: true, replaces),
        AggregateOp.Last => NewestWindow.For(takesMissing: false, replaces),
        AggregateOp.Count => new CountWindow(),
        AggregateOp.Sum => new SumWindow(mean: false),
        AggregateOp.Mean => new SumWindow(mean: true),
        AggregateOp.Distinct => new FrequencyWindow(null),
        AggregateOp.TopK => new FrequencyWindow(feature.K),
        _ => throw new ArgumentOutOfRangeException(nameof(feature), feature.Op, "no such aggregate"),
    };

    /// <summary>Whether an event with this input takes part at all.</summary>
    public virtual bool Takes(in FeatureValue input) => input.IsPresent;

    public abstract void Add(FeatureEvent happened, long sequence, in FeatureValue input);

    public abstract void Remove(FeatureEvent happened, long sequence, in FeatureValue input);

    public abstract void Clear();

    private sealed class CountWindow : FeatureWindow
    {
        private long _count;

        public override FeatureValue Value => FeatureValue.Of(_count);

        public override void Add(FeatureEvent happened, long sequence, in FeatureValue input) => _count++;

        public override void Remove(FeatureEvent happened, long sequence, in FeatureValue input) => _count--;

        public override void Clear() => _count = 0;
    }

    /// <summary>Sums are exact, so that neither the order of events nor the way to a window changes a bit of them.</summary>
    private sealed class SumWindow(bool mean) : FeatureWindow
    {
        private readonly ExactSum _sum = new();
        private long _count;

        public override FeatureValue Value => !mean ? FeatureValue.Of(_sum.Value) : _count == 0 ? default : FeatureValue.Of(_sum.Value / _count);

        public override void Add(FeatureEvent happened, long sequence, in FeatureValue input)
        {
            _sum.Add(input.Number);
            _count++;
        }

        public override void Remove(FeatureEvent happened, long sequence, in FeatureValue input)
        {
            _sum.Add(-input.Number);
            _count--;
        }

        public override void Clear()
        {
            _sum.Clear();
            _count = 0;
        }
    }
}
