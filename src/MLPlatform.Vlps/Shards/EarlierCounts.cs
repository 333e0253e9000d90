using MLPlatform.Vlps.Tables;

namespace MLPlatform.Vlps.Shards;

/// <summary>
/// How often ids were counted that have no row in the model that a training goes on from. A count does not know its id, and so not its shard:
/// each shard has all of them, and takes one over when its id comes.
/// </summary>
/// <param name="counts">In order: 29 bits tag, 8 line, 16 count.</param>
internal sealed class EarlierCounts(List<ulong> counts)
{
    /// <summary>Of a table; null where there are none.</summary>
    public static EarlierCounts? Read(ShardFolder folder, int table) =>
        TableCheckpoint.ReadCounts(folder.CountsPath(table)) is { Count: > 0 } counts ? new EarlierCounts(counts) : null;

    /// <summary>How often an id was counted; 0 where it was not.</summary>
    public int Of(ulong id)
    {
        ulong hash = IdHash.Of(id), place = ((ulong)IdHash.Tag(hash) << 8) | (uint)IdHash.Line(hash);
        int at = counts.BinarySearch(place << 16);
        at = at < 0 ? ~at : at;
        return at < counts.Count && counts[at] >> 16 == place ? (int)(counts[at] & ushort.MaxValue) : 0;
    }
}
