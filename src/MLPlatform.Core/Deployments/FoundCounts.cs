namespace MLPlatform.Core.Deployments;

/// <summary>What is counted of the lists of items that a version found, in one minute or over many.</summary>
internal sealed class FoundCounts
{
    private const int First = 10;

    private long _lists, _hits, _wanted, _found, _foundFirst;

    public void AddList() => _lists++;

    /// <summary>Counts a list that had no positive item before.</summary>
    public void AddHit() => _hits++;

    /// <summary>Counts items that got positive feedback in answer to a request, whether its list has them or not.</summary>
    public void AddWanted(int items) => _wanted += items;

    /// <summary>Counts an item of a list that turned positive.</summary>
    public void AddFound(int rank)
    {
        _found++;
        _foundFirst += rank <= First ? 1 : 0;
    }

    public void Add(FoundCounts other)
    {
        _lists += other._lists;
        _hits += other._hits;
        _wanted += other._wanted;
        _found += other._found;
        _foundFirst += other._foundFirst;
    }

    public FoundFigures Figures() => new(_lists, _hits, Ratio(_hits, _lists), _wanted, Ratio(_found, _wanted), Ratio(_foundFirst, _wanted));

    private static double? Ratio(long part, long whole) => whole == 0 ? null : (double)part / whole;
}

/// <summary>What came of the lists of items that a version found.</summary>
/// <param name="Lists">Rows that were answered with a list.</param>
/// <param name="Hits">Lists with an item that got positive feedback.</param>
/// <param name="HitRate">Hits over lists.</param>
/// <param name="Wanted">Items that got positive feedback in answer to one of these requests, found or not.</param>
/// <param name="Recall">The share of them that was in the list.</param>
/// <param name="Recall10">The share of them that was among its first 10.</param>
public sealed record FoundFigures(long Lists, long Hits, double? HitRate, long Wanted, double? Recall, double? Recall10);
