using MLPlatform.Tests.Vlps.Arithmetic;
using MLPlatform.Vlps.Arithmetic;
using MLPlatform.Vlps.Recall;
using Xunit;

namespace MLPlatform.Tests.Vlps.Recall;

/// <summary>What is nearest, against sums in double precision, in every set of instructions that this machine has.</summary>
public sealed class VectorCatalogueTests
{
    [Theory]
    [InlineData(1, 1, 1, 1)]
    [InlineData(32, 100, 97, 10)]
    [InlineData(5, 2500, 13, 40)]
    [InlineData(70, 1025, 200, 7)]
    [InlineData(16, 40, 3, 40)]
    public void The_nearest_are_those_with_the_largest_products(int width, int count, int queries, int most) => GemmTests.ForEachLevel(level =>
    {
        (float[] items, float[] vectors) = (Vectors(count, width, 1), Vectors(queries, width, 2));
        using VectorCatalogue catalogue = Catalogue(items, width, level);
        (int[] found, float[] products) = (new int[queries * most], new float[queries * most]);
        catalogue.Nearest(vectors, found, products, threads: 3);
        for (int query = 0; query < queries; query++)
        {
            double[] all = [.. Enumerable.Range(0, count).Select(item => Product(items, item, vectors, query, width))];
            double[] best = [.. all.OrderDescending().Take(most)];
            for (int place = 0; place < most; place++)
            {
                Assert.Equal(best[place], products[(query * most) + place], 1e-4);
                Assert.Equal(all[found[(query * most) + place]], products[(query * most) + place], 1e-4);
            }
            Assert.Equal(most, found.AsSpan(query * most, most).ToArray().Distinct().Count());
        }
    });

    [Fact]
    public void Of_equally_near_ones_the_first_comes_first_and_there_may_be_fewer_than_asked_for()
    {
        using VectorCatalogue catalogue = Catalogue([.. Enumerable.Range(0, 3000).Select(i => (float)(i % 3))], width: 1, Simd.Chosen);
        (int[] found, float[] products) = (new int[8], new float[8]);
        float[] vectors = [1, -1];
        catalogue.Nearest(vectors, found, products, threads: 1);
        Assert.Equal([2, 5, 8, 11, 0, 3, 6, 9], found);
        Assert.Equal([2f, 2f, 2f, 2f, 0f, 0f, 0f, 0f], products);
        using VectorCatalogue few = Catalogue([1, 2], width: 1, Simd.Chosen);
        (found, products) = (new int[3], new float[3]);
        few.Nearest(vectors.AsMemory(0, 1), found, products, threads: 1);
        Assert.Equal([1, 0, -1], found);
    }

    [Fact]
    public void What_is_left_out_makes_room_for_the_next()
    {
        using VectorCatalogue catalogue = Catalogue([.. Enumerable.Range(0, 2000).Select(i => (float)i)], width: 1, Simd.Chosen);
        (int[] found, float[] products) = (new int[200 * 2], new float[200 * 2]);
        catalogue.Nearest(Enumerable.Repeat(1f, 200).ToArray(), found, products, threads: 2, (query, item) => item > 1999 - query);
        for (int query = 0; query < 200; query++)
            Assert.Equal([1999 - query, 1998 - query], found[(2 * query)..((2 * query) + 2)]);
    }

    [Theory]
    [InlineData(3, 40, 96)]
    [InlineData(33, 2100, 50)]
    public void Places_and_losses_of_own_items_are_those_of_a_full_softmax(int width, int count, int queries) => GemmTests.ForEachLevel(level =>
    {
        const float Scale = 4;
        (float[] items, float[] vectors) = (Vectors(count, width, 3), Vectors(queries, width, 4));
        items.AsSpan(0, width).CopyTo(items.AsSpan(width)); // Two are equally near.
        using VectorCatalogue catalogue = Catalogue(items, width, level);
        int[] own = [.. Enumerable.Range(0, queries).Select(i => i * 7 % count)], places = new int[queries];
        double[] losses = new double[queries];
        using var finder = new OwnPlaces(catalogue, Scale);
        finder.Find(vectors, own, places, losses);
        for (int query = 0; query < queries; query++)
        {
            double[] all = [.. Enumerable.Range(0, count).Select(item => Product(items, item, vectors, query, width))];
            Assert.Equal(all.Count(p => p >= all[own[query]] - 1e-12), places[query]);
            Assert.Equal(Math.Log(all.Sum(p => Math.Exp(Scale * p))) - (Scale * all[own[query]]), losses[query], 1e-3);
        }
    });

    private static VectorCatalogue Catalogue(float[] items, int width, SimdLevel level)
    {
        var catalogue = new VectorCatalogue(width, level);
        for (int i = 0; i < items.Length; i += width)
            catalogue.Add(items.AsSpan(i, width));
        return catalogue;
    }

    // Sixteenths, so that sums of 32-bit products are exact.
    private static float[] Vectors(int count, int width, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count * width).Select(_ => random.Next(-16, 17) / 16f)];
    }

    private static double Product(float[] items, int item, float[] vectors, int query, int width) =>
        Enumerable.Range(0, width).Sum(i => (double)items[(item * width) + i] * vectors[(query * width) + i]);
}
