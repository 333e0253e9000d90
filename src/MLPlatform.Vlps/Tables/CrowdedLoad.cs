namespace MLPlatform.Vlps.Tables;

/// <summary>
/// Brings a file's rows into a table that evicts and has no room for all. Of each partition the oldest go, of equally old ones by their hashes,
/// whether the table has them or the file: what stays is a function of the rows, and not of their order in the file. Those that go are
/// tombstones, also such as never had a row here, since whoever reads the next delta may have them.
/// </summary>
/// <param name="table">The table, which does not spill.</param>
/// <param name="file">Calls with each row of the file that is to be taken, as often as it is asked to.</param>
/// <param name="stamp">The tombstones', after all stamps of table and file.</param>
internal sealed unsafe class CrowdedLoad(EmbeddingTable table, Action<RowAction> file, uint stamp)
{
    private readonly List<EvictionSweep[]> _gone = [];

    /// <summary>Whether it is certain, before any row is put in, that there is no room for all.</summary>
    public bool IsCertain => table.Count + CountNew().Sum() > table.Rooms(sure: false).Sum();

    /// <summary>Puts in what stays of the rows whose ids have none yet, and drops what goes.</summary>
    public void Run()
    {
        // How many rows find room is known up to how an index splits. Where fewer do, it is known by then, and the oldest of these go as well.
        long[]? rooms = table.Rooms(sure: true);
        while (rooms is not null)
            rooms = Fit(rooms);
    }

    /// <returns>The room there turned out to be where it was too little; null: all is done.</returns>
    private long[]? Fit(long[] rooms)
    {
        // 1. What goes.
        long[] added = CountNew(), had = table.Counts();
        EvictionSweep[] sweeps = [.. rooms.Select(_ => new EvictionSweep(table.Layout, new EvictionRule { MaxAge = 0 }, minAge: 0, stamp))];
        EvictionSweep.Settle(
            sweeps,
            action =>
            {
                table.ForEachRow(row => action(PartitionOf(row), row));
                ForEachNew(action);
            },
            [.. rooms.Select((room, n) => Math.Max(0, had[n] + added[n] - room))]);

        // 2. It is dropped: of the file first, while the table still has its own and none of these is taken for new.
        ForEachNew((n, row) =>
        {
            if (sweeps[n].Goes(row))
                table.Lose(RowHead.Id(row), stamp);
        });
        table.Evict(sweeps, stamp);
        _gone.Add(sweeps);

        // 3. The rest is put in.
        bool[] full = new bool[rooms.Length];
        ForEachNew((n, row) => full[n] |= !table.Put(row));
        had = table.Counts();
        return Array.IndexOf(full, true) < 0 ? null : [.. full.Select((isFull, n) => isFull ? had[n] : long.MaxValue / 2)];
    }

    private long[] CountNew()
    {
        long[] counts = new long[table.Partitions];
        ForEachNew((n, _) => counts[n]++);
        return counts;
    }

    private void ForEachNew(SweptRow action) => file(row =>
    {
        int n = PartitionOf(row);
        if (!table.HasRow(RowHead.Id(row)) && !_gone.Exists(sweeps => sweeps[n].Goes(row)))
            action(n, row);
    });

    private int PartitionOf(byte* row) => table.PartitionOf(RowHead.Id(row));
}
