namespace MLPlatform.Vlps.Tables;

public sealed unsafe partial class EmbeddingTable
{
    /// <summary>
    /// Drops the rows that the rule names and remembers their ids as tombstones. Addresses of dropped rows are void. Touches
    /// all partitions: nobody else may be in the table meanwhile.
    /// </summary>
    /// <returns>How many were dropped.</returns>
    public long Evict(EvictionRule rule, uint stamp)
    {
        if (!float.IsFinite(rule.MinNorm) || rule.MinNorm < 0 || rule.MinRows < 0)
            throw new VlpsException(VlpsProblem.Option, $"an eviction's minNorm and minRows must be 0 or above; they are {rule.MinNorm} and {rule.MinRows}");
        var sweep = new EvictionSweep(Layout, rule, Math.Max(Options.MinAge, rule.MinAge), stamp);
        sweep.Settle(action => ForEachRow(action), Math.Max(0, Count - rule.MinRows));
        return _partitions.Sum(p => p.Evict(sweep, rule.FadeCounters, stamp));
    }

    /// <summary>Drops what sweeps say that were settled before, one for each partition.</summary>
    internal void Evict(EvictionSweep[] sweeps, uint stamp)
    {
        for (int n = 0; n < sweeps.Length; n++)
            _partitions[n].Evict(sweeps[n], fade: false, stamp);
    }

    /// <summary>Remembers an id whose row found no room as if it had been evicted.</summary>
    internal void Lose(ulong id, uint stamp) => _partitions[PartitionOf(id)].Lose(id, stamp);

    /// <summary>Live rows of each partition.</summary>
    internal long[] Counts() => [.. _partitions.Select(p => p.Count)];

    /// <summary>Rows that each partition has room for: for sure, whichever they are, or at most.</summary>
    internal long[] Rooms(bool sure) => [.. _partitions.Select(p => sure ? p.SureRows() : p.MostRows)];

    /// <summary>Ids whose rows were evicted after this stamp, also such as came back since.</summary>
    public IEnumerable<Tombstone> TombstonesAfter(uint since) =>
        _partitions.SelectMany(p => p.Tombstones.ToArray().Where(t => t.Stamp > since));

    /// <summary>
    /// Forgets tombstones up to a stamp: once every reader has a state at least as new, no delta needs them. Until then each
    /// takes 16 bytes.
    /// </summary>
    public void ForgetTombstones(uint through)
    {
        foreach (TablePartition partition in _partitions)
            partition.ForgetTombstones(through);
    }
}
