using System.Text;

namespace MLPlatform.Activities.Data.Checks;

/// <summary>The most frequent of the values seen, with little memory however many there are; of equally frequent ones the smaller.</summary>
internal sealed class TopValues(int most)
{
    private static readonly Comparer<Entry> Order = Comparer<Entry>.Create((a, b) =>
        a.Count != b.Count ? b.Count.CompareTo(a.Count) : string.CompareOrdinal(a.Value, b.Value));

    private readonly SortedSet<Entry> _top = new(Order);

    public long Distinct { get; private set; }

    public IReadOnlyList<Entry> Values => [.. _top];

    /// <param name="utf8">Each value once.</param>
    /// <param name="other">A second count that goes along.</param>
    public void Add(ReadOnlySpan<byte> utf8, long count, long other = 0)
    {
        Distinct++;
        if (_top.Count == most && count < _top.Max.Count)
            return;
        _top.Add(new Entry(Encoding.UTF8.GetString(utf8), count, other));
        if (_top.Count > most)
            _top.Remove(_top.Max);
    }

    public readonly record struct Entry(string Value, long Count, long Other);
}
