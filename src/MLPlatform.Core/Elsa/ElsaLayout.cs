namespace MLPlatform.Core.Elsa;

/// <summary>Places for activities that nobody placed: each to the right of all it follows.</summary>
internal static class ElsaLayout
{
    private const int Wide = 280;
    private const int High = 110;

    /// <param name="edges">Who follows whom; a circle is cut where it is met.</param>
    public static Dictionary<string, (int X, int Y)> Of(IReadOnlyList<string> names, IEnumerable<(string From, string To)> edges)
    {
        ILookup<string, string> next = edges.Where(e => e.From != e.To).ToLookup(e => e.From, e => e.To, StringComparer.Ordinal);
        Dictionary<string, int> waits = names.ToDictionary(n => n, _ => 0, StringComparer.Ordinal);
        foreach (string to in next.SelectMany(follows => follows))
            waits[to]++;
        Dictionary<string, int> column = names.ToDictionary(n => n, _ => 0, StringComparer.Ordinal);
        Queue<string> ready = new(names.Where(n => waits[n] == 0));
        while (ready.TryDequeue(out string? name))
        {
            foreach (string to in next[name])
            {
                column[to] = Math.Max(column[to], column[name] + 1);
                if (--waits[to] == 0)
                    ready.Enqueue(to);
            }
        }
        Dictionary<int, int> rows = [];
        Dictionary<string, (int, int)> places = new(StringComparer.Ordinal);
        foreach (string name in names)
        {
            int row = rows.GetValueOrDefault(column[name]);
            rows[column[name]] = row + 1;
            places[name] = (column[name] * Wide, row * High);
        }
        return places;
    }
}
