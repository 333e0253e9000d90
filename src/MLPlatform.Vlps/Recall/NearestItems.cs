using System.Runtime.Intrinsics;
using MLPlatform.Vlps.Arithmetic;

namespace MLPlatform.Vlps.Recall;

/// <summary>Finds the nearest of a catalogue to up to <see cref="VectorBlock.Rows"/> vectors at once. For one thread at a time.</summary>
internal sealed unsafe class NearestItems(VectorCatalogue catalogue) : IDisposable
{
    private readonly VectorBlock _vectors = new(catalogue.Width);
    private readonly FloatBuffer _products = new((long)VectorBlock.Rows * VectorCatalogue.ChunkItems);
    private readonly int[] _found = new int[VectorBlock.Rows];
    private int _most;

    /// <param name="vectors">Vector after vector.</param>
    /// <param name="items">Receives the nearest of each; -1 where there are no more.</param>
    /// <param name="products">Receives their products.</param>
    /// <param name="skip">Whether an item is left out for a vector.</param>
    public void Find(ReadOnlySpan<float> vectors, Span<int> items, Span<float> products, Func<int, int, bool>? skip)
    {
        int rows = vectors.Length / catalogue.Width;
        _most = items.Length / rows;
        _vectors.Fill(vectors);
        items.Fill(-1);
        products.Clear();
        Array.Clear(_found);
        for (int chunk = 0; chunk < catalogue.Chunks; chunk++)
        {
            catalogue.Products(chunk, _vectors, _products.Pointer);
            int first = chunk * VectorCatalogue.ChunkItems, count = catalogue.CountOf(chunk);
            for (int row = 0; row < rows; row++)
                Offer(row, first, count, items.Slice(row * _most, _most), products.Slice(row * _most, _most), skip);
        }
        for (int row = 0; row < rows; row++)
            Order(items.Slice(row * _most, _found[row]), products.Slice(row * _most, _found[row]));
    }

    // Items come in order, so that one which is only as near as the last of those found is not nearer.
    private void Offer(int row, int first, int count, Span<int> items, Span<float> products, Func<int, int, bool>? skip)
    {
        for (int item = 0; item < count; item += Panels.Width)
        {
            float* panel = _products.Pointer + Panels.At(VectorBlock.Rows, row, item);
            if (_found[row] == _most && !AnyAbove(panel, products[0]))
                continue;
            for (int i = 0; i < Math.Min(Panels.Width, count - item); i++)
            {
                if ((_found[row] < _most || panel[i] > products[0]) && skip?.Invoke(row, first + item + i) != true)
                    Take(row, first + item + i, panel[i], items, products);
            }
        }
    }

    private static bool AnyAbove(float* panel, float least)
    {
        Vector256<float> low = Vector256.Max(Vector256.Load(panel), Vector256.Load(panel + 8)), high = Vector256.Max(Vector256.Load(panel + 16), Vector256.Load(panel + 24));
        return Vector256.GreaterThanAny(Vector256.Max(low, high), Vector256.Create(least));
    }

    // The found ones are a heap whose root is the farthest.
    private void Take(int row, int item, float product, Span<int> items, Span<float> products)
    {
        if (_found[row] < _most)
        {
            int at = _found[row]++;
            for (; at > 0 && IsFarther(product, item, products[(at - 1) / 2], items[(at - 1) / 2]); at = (at - 1) / 2)
                (items[at], products[at]) = (items[(at - 1) / 2], products[(at - 1) / 2]);
            (items[at], products[at]) = (item, product);
            return;
        }
        Sink(item, product, items, products);
    }

    private static void Sink(int item, float product, Span<int> items, Span<float> products)
    {
        int at = 0;
        while ((2 * at) + 1 < items.Length)
        {
            int child = (2 * at) + 1;
            if (child + 1 < items.Length && IsFarther(products[child + 1], items[child + 1], products[child], items[child]))
                child++;
            if (!IsFarther(products[child], items[child], product, item))
                break;
            (items[at], products[at]) = (items[child], products[child]);
            at = child;
        }
        (items[at], products[at]) = (item, product);
    }

    // Takes the farthest away again and again, and puts it behind the others.
    private static void Order(Span<int> items, Span<float> products)
    {
        for (int count = items.Length; count > 1; count--)
        {
            (int item, float product) = (items[count - 1], products[count - 1]);
            (items[count - 1], products[count - 1]) = (items[0], products[0]);
            Sink(item, product, items[..(count - 1)], products[..(count - 1)]);
        }
    }

    private static bool IsFarther(float product, int item, float thanProduct, int thanItem) => product < thanProduct || (product == thanProduct && item > thanItem);

    public void Dispose()
    {
        _vectors.Dispose();
        _products.Dispose();
    }
}
