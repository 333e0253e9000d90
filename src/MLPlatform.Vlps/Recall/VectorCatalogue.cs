using System.Collections.Concurrent;
using MLPlatform.Vlps.Arithmetic;

namespace MLPlatform.Vlps.Recall;

/// <summary>
/// Vectors in memory, to be compared with others by their inner products: exactly, all with all, in blocks that a core's cache
/// holds. Adding is for one thread; finding may be done by several when all are added.
/// </summary>
public sealed unsafe class VectorCatalogue : IDisposable
{
    /// <summary>Vectors of a chunk of the catalogue: 32 panels.</summary>
    internal const int ChunkItems = 32 * Panels.Width;

    private readonly SimdLevel _level;
    private readonly int _inputs;
    private readonly List<FloatBuffer> _chunks = [];
    private readonly FloatBuffer _zeros = new(ChunkItems);
    private readonly ConcurrentBag<NearestItems> _idle = [];

    /// <param name="width">Numbers of a vector.</param>
    public VectorCatalogue(int width)
        : this(width, Simd.Chosen)
    {
    }

    internal VectorCatalogue(int width, SimdLevel level) => (Width, _level, _inputs) = (width, level, Panels.RoundUp(width, Panels.InputTile));

    public int Width { get; }

    /// <summary>How many vectors there are.</summary>
    public int Count { get; private set; }

    /// <summary>Memory of so many vectors.</summary>
    public static long BytesOf(long count, int width) =>
        (count + ChunkItems - 1) / ChunkItems * ChunkItems * Panels.RoundUp(width, Panels.InputTile) * sizeof(float);

    /// <summary>Adds a vector, whose number is how many came before.</summary>
    public void Add(ReadOnlySpan<float> vector)
    {
        if (Count % ChunkItems == 0)
            _chunks.Add(new FloatBuffer((long)ChunkItems * _inputs));
        Put(vector, _chunks[^1].Pointer, Count % ChunkItems);
        Count++;
    }

    /// <summary>The nearest of the catalogue to each of some vectors, the largest product first and of equal ones the first added.</summary>
    /// <param name="vectors">Vector after vector.</param>
    /// <param name="items">Receives the numbers of the nearest, equally many for each vector; -1 where there are no more.</param>
    /// <param name="products">Receives their products.</param>
    /// <param name="threads">How many threads.</param>
    /// <param name="skip">Whether an item, the second number, is left out for a vector, the first one; null: none is.</param>
    public void Nearest(ReadOnlyMemory<float> vectors, Memory<int> items, Memory<float> products, int threads, Func<int, int, bool>? skip = null)
    {
        int rows = vectors.Length / Width, most = rows == 0 ? 0 : items.Length / rows, blocks = (rows + VectorBlock.Rows - 1) / VectorBlock.Rows;
        Parallel.For(0, blocks, new ParallelOptions { MaxDegreeOfParallelism = threads }, block =>
        {
            int first = block * VectorBlock.Rows, count = Math.Min(VectorBlock.Rows, rows - first);
            NearestItems finder = _idle.TryTake(out NearestItems? idle) ? idle : new NearestItems(this);
            finder.Find(vectors.Span.Slice(first * Width, count * Width), items.Span.Slice(first * most, count * most), products.Span.Slice(first * most, count * most),
                skip is null ? null : (row, item) => skip(first + row, item));
            _idle.Add(finder);
        });
    }

    internal int Chunks => _chunks.Count;

    /// <summary>Vectors of a chunk.</summary>
    internal int CountOf(int chunk) => Math.Min(ChunkItems, Count - (chunk * ChunkItems));

    /// <summary>Products with all vectors of a chunk, in <see cref="Panels"/> of <see cref="VectorBlock.Rows"/>; those beyond its last vector are 0.</summary>
    internal void Products(int chunk, VectorBlock vectors, float* products) =>
        Gemm.Product(_level, vectors.Values, VectorBlock.Rows, vectors.Padded, Width, _chunks[chunk].Pointer, _inputs, Panels.Count(CountOf(chunk)), _zeros.Pointer, products);

    /// <summary>The product of each vector with an item of its own: the same number, to the last bit, that <see cref="Products"/> gives.</summary>
    /// <param name="scratch">Room for a chunk of products.</param>
    internal void OwnProducts(VectorBlock vectors, ReadOnlySpan<int> items, FloatBuffer scratch, Span<float> own)
    {
        using var gathered = new FloatBuffer((long)Panels.RoundUp(VectorBlock.Rows, Panels.Width) * _inputs);
        Span<float> vector = stackalloc float[Width];
        for (int i = 0; i < items.Length; i++)
        {
            Get(items[i], vector);
            Put(vector, gathered.Pointer, i);
        }
        Gemm.Product(_level, vectors.Values, VectorBlock.Rows, vectors.Padded, Width, gathered.Pointer, _inputs, Panels.Count(items.Length), _zeros.Pointer, scratch.Pointer);
        for (int i = 0; i < items.Length; i++)
            own[i] = scratch.Pointer[Panels.At(VectorBlock.Rows, i, i)];
    }

    /// <summary>A vector by its number.</summary>
    internal void Get(int item, Span<float> vector)
    {
        float* from = _chunks[item / ChunkItems].Pointer;
        for (int i = 0; i < vector.Length; i++)
            vector[i] = from[Panels.Weight(_inputs, i, item % ChunkItems)];
    }

    private void Put(ReadOnlySpan<float> vector, float* into, int place)
    {
        for (int i = 0; i < vector.Length; i++)
            into[Panels.Weight(_inputs, i, place)] = vector[i];
    }

    public void Dispose()
    {
        foreach (NearestItems finder in _idle)
            finder.Dispose();
        foreach (FloatBuffer chunk in _chunks)
            chunk.Dispose();
        _zeros.Dispose();
    }
}
