using System.Runtime.InteropServices;

namespace MLPlatform.Vlps.Shards;

/// <summary>What a worker asked for in one step: ids with how often each occurs, table after table, read where the message holds them.</summary>
internal sealed class Asked : IDisposable
{
    private readonly ShardMessage _message;
    private readonly (int At, int Count)[] _tables;

    /// <param name="message">The question, which is disposed with this.</param>
    /// <param name="tables">How many tables there are.</param>
    public Asked(ShardMessage message, int tables)
    {
        MessageReader reader = message.Read();
        (_message, _tables, Step, Need) = (message, new (int, int)[tables], reader.Next<uint>(), reader.Next<uint>());
        for (int table = 0; table < tables; table++)
        {
            int count = reader.Next<int>();
            if (count < 0 || count > reader.Rest.Length / (sizeof(ulong) + sizeof(ushort)))
                throw new InvalidDataException($"a question for {count} rows is shorter than that");
            _tables[table] = (message.Length - reader.Rest.Length, count);
            reader.Take(count * (sizeof(ulong) + sizeof(ushort)));
        }
    }

    /// <summary>The step that the rows are for.</summary>
    public uint Step { get; }

    /// <summary>The step that the rows must know of.</summary>
    public uint Need { get; }

    /// <summary>How many ids of a table.</summary>
    public int Count(int table) => _tables[table].Count;

    /// <summary>The ids of a table.</summary>
    public ReadOnlySpan<ulong> Ids(int table) => MemoryMarshal.Cast<byte, ulong>(_message.Bytes.Slice(_tables[table].At, _tables[table].Count * sizeof(ulong)));

    /// <summary>How often each id of a table occurs.</summary>
    public ReadOnlySpan<ushort> Counts(int table) =>
        MemoryMarshal.Cast<byte, ushort>(_message.Bytes.Slice(_tables[table].At + (_tables[table].Count * sizeof(ulong)), _tables[table].Count * sizeof(ushort)));

    public void Dispose() => _message.Dispose();
}
