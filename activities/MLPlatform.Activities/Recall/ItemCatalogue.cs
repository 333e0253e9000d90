using System.Globalization;
using MLPlatform.Activities.Tables;
using MLPlatform.Activities.Training;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Runs;
using MLPlatform.Vlps.Recall;
using MLPlatform.Vlps.Rows;

namespace MLPlatform.Activities.Recall;

/// <summary>The items that can be found: their keys, and their vectors in memory.</summary>
internal sealed class ItemCatalogue : IDisposable
{
    private const int BatchRows = 8192;

    private readonly Dictionary<ulong, int> _numbers = [];

    private ItemCatalogue(int width, string key) => (Vectors, Keys) = (new VectorCatalogue(width), new Column(key));

    public VectorCatalogue Vectors { get; }

    /// <summary>The key of each item.</summary>
    public Column Keys { get; }

    public int Count => Vectors.Count;

    /// <summary>The number of the item with a key of this hash, or -1.</summary>
    public int NumberOf(ulong key) => _numbers.GetValueOrDefault(key, -1);

    /// <param name="rows">The items with their vectors.</param>
    /// <param name="key">The column that tells them apart.</param>
    public static ItemCatalogue Read(VectorRows rows, string key, ActivityContext context, CancellationToken cancel)
    {
        ItemCatalogue? catalogue = null;
        try
        {
            foreach ((ColumnBatch batch, ReadOnlyMemory<float> vectors) in rows.Read(BatchRows, context.Cores, cancel))
            {
                int width = vectors.Length / batch.Rows;
                catalogue ??= Make(rows.Count, width, key, batch[key].Kind, context);
                catalogue.Add(batch[key], vectors.Span, width);
            }
            return catalogue!;
        }
        catch
        {
            catalogue?.Dispose();
            throw;
        }
    }

    private static ItemCatalogue Make(long rows, int width, string key, ColumnKind kind, ActivityContext context)
    {
        long bytes = VectorCatalogue.BytesOf(rows, width);
        if (rows > int.MaxValue || bytes > context.MemoryBytes / 2)
        {
            throw new ActivityException("ML-011", string.Create(CultureInfo.InvariantCulture,
                $"The vectors of {rows} items take {bytes >> 20} MiB, more than half of the attempt's memory. Declare more resources.memory, or find in parts of the catalogue."),
                FailureKind.Resource);
        }
        var made = new ItemCatalogue(width, key);
        made.Keys.Reset(kind);
        return made;
    }

    private void Add(Column keys, ReadOnlySpan<float> vectors, int width)
    {
        if (keys.Kind != Keys.Kind)
            throw MlErrors.Bad("ML-002", $"The column '{keys.Name}' of the catalogue is of another type in another of its files. Cast it in a data.sql step.");
        for (int row = 0; row < keys.Count; row++)
        {
            if (!keys.IsPresent(row))
                throw MlErrors.Bad("ML-021", $"A row of the catalogue has no '{keys.Name}', which tells what is found. Leave such rows out in a data.clean step.");
            if (!_numbers.TryAdd(KeyHashes.Of(keys, row), Count))
            {
                throw MlErrors.Bad("ML-021",
                    $"The item '{keys.Describe(row)}' stands twice in the catalogue, which has one row for each item. Take one in a data.sql step, with SELECT DISTINCT ON say.");
            }
            CellColumns.Append(Keys, keys, row);
            Vectors.Add(vectors.Slice(row * width, width));
        }
    }

    public void Dispose() => Vectors.Dispose();
}
