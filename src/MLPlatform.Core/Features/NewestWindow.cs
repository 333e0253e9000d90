namespace MLPlatform.Core.Features;

/// <summary>The newest by event time, then arrival, then place in the table.</summary>
internal abstract class NewestWindow(bool takesMissing) : FeatureWindow
{
    public static NewestWindow For(bool takesMissing, bool replaces) => replaces ? new Sorted(takesMissing) : new Single(takesMissing);

    public override bool Takes(in FeatureValue input) => takesMissing || input.IsPresent;

    private static Place PlaceOf(FeatureEvent happened, long sequence) => new(happened.EventTime, happened.Arrival, sequence);

    /// <summary>Where rows are never replaced, what is older also leaves earlier: only the newest can ever be seen.</summary>
    private sealed class Single(bool takesMissing) : NewestWindow(takesMissing)
    {
        private Place? _place;
        private FeatureValue _value;

        public override FeatureValue Value => _value;

        public override void Add(FeatureEvent happened, long sequence, in FeatureValue input)
        {
            Place place = PlaceOf(happened, sequence);
            if (_place is { } held && place.CompareTo(held) < 0)
                return;
            (_place, _value) = (place, input);
        }

        public override void Remove(FeatureEvent happened, long sequence, in FeatureValue input)
        {
            if (_place == PlaceOf(happened, sequence))
                Clear();
        }

        public override void Clear() => (_place, _value) = (null, default);
    }

    /// <summary>Where the newest may be replaced, the one before it is seen again.</summary>
    private sealed class Sorted(bool takesMissing) : NewestWindow(takesMissing)
    {
        private readonly Dictionary<Place, FeatureValue> _events = [];
        private readonly SortedSet<Place> _places = [];

        public override FeatureValue Value => _places.Count == 0 ? default : _events[_places.Max];

        public override void Add(FeatureEvent happened, long sequence, in FeatureValue input)
        {
            _places.Add(PlaceOf(happened, sequence));
            _events.Add(PlaceOf(happened, sequence), input);
        }

        public override void Remove(FeatureEvent happened, long sequence, in FeatureValue input)
        {
            _places.Remove(PlaceOf(happened, sequence));
            _events.Remove(PlaceOf(happened, sequence));
        }

        public override void Clear()
        {
            _places.Clear();
            _events.Clear();
        }
    }

    private readonly record struct Place(long EventTime, long Arrival, long Sequence) : IComparable<Place>
    {
        public int CompareTo(Place other) =>
            EventTime != other.EventTime ? EventTime.CompareTo(other.EventTime)
            : Arrival != other.Arrival ? Arrival.CompareTo(other.Arrival) : Sequence.CompareTo(other.Sequence);
    }
}
