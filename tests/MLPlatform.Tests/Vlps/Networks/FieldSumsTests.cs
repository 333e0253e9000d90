using MLPlatform.Vlps.Arithmetic;
using MLPlatform.Vlps.Batches;
using MLPlatform.Vlps.Declarations;
using MLPlatform.Vlps.Networks;
using MLPlatform.Vlps.Tables;
using Xunit;

namespace MLPlatform.Tests.Vlps.Networks;

/// <summary>Sums of factorization machines that are taken field by field.</summary>
public sealed class FieldSumsTests
{
    private const int Rows = 1000, Batch = 250, Numbers = 1;

    private static readonly int[] Few = [3, 700, 40, 9, 900, 5, 60, 2, 300, 25, 800];
    private static readonly int[] Many = [900, 3, 5, 600, 2, 800, 9, 70, 4, 400, 30];

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(8)]
    [InlineData(11)]
    public void Any_number_of_threads_learns_the_same_bytes(int threads)
    {
        RequireWide();
        Assert.Equal(Learn(1).Digest, Learn(threads).Digest);
    }

    [Theory]
    [InlineData(Precision.BFloat16, RowOptimizer.AdagradFull)]
    [InlineData(Precision.Float32, RowOptimizer.Adagrad)]
    [InlineData(Precision.Float32, RowOptimizer.AdagradFull)]
    public void Rows_of_any_layout_are_summed(Precision precision, RowOptimizer optimizer)
    {
        RequireWide();
        ModelDeclaration declared = Declared with { Fields = Declared.Fields with { Precision = precision, Optimizer = optimizer } };
        (ulong Digest, float[] Scores) one = Learn(1, declared: declared), three = Learn(3, declared: declared), lanes = Learn(3, weighted: true, declared: declared);
        Assert.Equal(one.Digest, three.Digest);
        Assert.NotEqual(lanes.Scores, three.Scores); // Another order of sums.
        for (int i = 0; i < Rows; i++)
            Assert.Equal(lanes.Scores[i], three.Scores[i], 2e-3);
    }

    // Ids with values of 1 are the same model, whose lanes read the rows.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void They_learn_what_lanes_do_that_read_rows(bool anyThreads)
    {
        RequireWide();
        foreach (int threads in new[] { 1, 2, 3 })
        {
            float[] own = Learn(threads, anyThreads: anyThreads).Scores, lanes = Learn(threads, weighted: true, anyThreads: anyThreads).Scores;
            Assert.NotEqual(lanes, own); // Another order of sums.
            for (int i = 0; i < own.Length; i++)
                Assert.Equal(lanes[i], own[i], 2e-3);
        }
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(8, 1)]
    [InlineData(8, 2)]
    [InlineData(8, 3)]
    [InlineData(8, 11)]
    [InlineData(5, 5)]
    public unsafe void A_sum_is_that_of_the_rows_of_a_sample(int groups, int members)
    {
        RequireWide();
        using var model = new Sample(groups, members);
        model.Begin(Few);
        (float[] sums, float[] rests) = model.Sum();
        float* v = stackalloc float[16];
        for (int row = 0; row < Batch; row++)
        {
            double[] sum = new double[16];
            double rest = 0;
            for (int f = 0; f < Few.Length; f++)
            {
                byte* at = (byte*)model.View.Indexes[f].RowOf(row);
                model.Network.Updaters[f].Factors(at, v);
                rest += model.Network.Updaters[f].Weight(at);
                for (int k = 0; k < 16; k++)
                    (sum[k], rest) = (sum[k] + v[k], rest - (0.5 * v[k] * v[k]));
            }
            for (int k = 0; k < 16; k++)
                Assert.Equal(sum[k], sums[(row * 16) + k], 1e-5);
            Assert.Equal(rest, rests[row], 1e-4);
        }
    }

    [Fact]
    public void What_a_block_sums_does_not_depend_on_the_blocks_before_it_or_on_members()
    {
        RequireWide();
        using Sample fresh = new(8, 1), other = new(8, 3);
        other.Begin(Many);
        fresh.Begin(Few);
        other.Begin(Few);
        (float[] sums, float[] rests) = fresh.Sum();
        (float[] otherSums, float[] otherRests) = other.Sum();
        Assert.Equal(sums, otherSums);
        Assert.Equal(rests, otherRests);
    }

    [Fact]
    public void Members_have_about_as_much_to_do()
    {
        RequireWide();
        using Sample two = new(8, 2);
        two.Begin(Few);
        int[] ids = [.. Enumerable.Range(0, 2).Select(m => Enumerable.Range(0, Few.Length).Where(f => two.Sums.Owner(f) == m).Sum(f => two.View.Indexes[f].Distinct))];
        Assert.InRange(ids[0], ids.Sum() * 2 / 5, ids.Sum() * 3 / 5);
    }

    [Fact]
    public void More_groups_than_a_few_fields_each_are_left_to_the_lanes()
    {
        RequireWide();
        using Sample many = new(9, 9), enough = new(8, 9);
        Assert.False(many.TryBegin(Few));
        Assert.True(enough.TryBegin(Few));
    }

    private static void RequireWide() => Assert.SkipUnless(Simd.Chosen == SimdLevel.Avx512, "this processor has no AVX-512, where sums are taken so");

    private static (ulong Digest, float[] Scores) Learn(int threads, bool weighted = false, bool anyThreads = true, ModelDeclaration? declared = null)
    {
        var options = new SparseOptions { Batch = Batch, Threads = threads, AnyThreads = anyThreads };
        using var model = new SparseModel(declared ?? Declared, Columns(weighted), options);
        var scores = new float[Rows];
        foreach (int[] ids in new[] { Few, Many, Few })
            model.Train(Fill(model.NewBlock(), ids), [scores]);
        return (model.Digest(), scores);
    }

    private static ModelDeclaration Declared => new() { Model = ModelName.Fm, Fields = new FieldDeclaration { Dim = 16, FactorScale = 0.3 } };

    private static SampleColumns Columns(bool weighted) => new([.. Few.Select((_, f) => new SampleField($"f{f}", false, weighted))], ["age"]);

    private static FieldBlock Fill(FieldBlock block, int[] ids)
    {
        var random = new Random(5);
        block.Clear();
        for (int i = 0; i < Rows; i++)
        {
            for (int f = 0; f < ids.Length; f++)
                block.Fields[f].Add(Samples.Id($"f{f}", random.Next(ids[f])));
            int row = block.EndRow(random.Next(2), 0.5f + random.NextSingle());
            block.Numbers[row * Numbers] = random.NextSingle();
        }
        return block;
    }

    /// <summary>A network with all ids of a batch in its table, and sums over them.</summary>
    private sealed class Sample : IDisposable
    {
        public Sample(int groups, int members)
        {
            Network = NetworkAssembly.Build(Declared, Columns(false), new NetworkSetup(groups, 1), SimdLevel.Avx512, SparseModel.ChunkRows);
            (View, Sums) = (new BatchView(Network, Batch), new FieldSums(Network, Batch, groups, members));
            Members = members;
        }

        public Network Network { get; }
        public BatchView View { get; }
        public FieldSums Sums { get; }
        private int Members { get; }

        public void Begin(int[] ids) => Assert.True(TryBegin(ids));

        public bool TryBegin(int[] ids)
        {
            FieldBlock block = Fill(new FieldBlock(Network.BlockShape([.. ids.Select(_ => false)])), ids);
            View.Set(block, 0, Batch);
            for (int f = 0; f < ids.Length; f++)
            {
                View.Indexes[f].Build(block.Fields[f], 0, Batch, Network.Tables[0], Network.Updaters[f], 1, 0);
                View.Indexes[f].Add(Network.Tables[0], Network.Updaters[f], 1, 0);
            }
            Sums.Begin(View);
            return Sums.Taken;
        }

        public unsafe (float[] Sums, float[] Rests) Sum()
        {
            for (int member = 0; member < Members; member++)
                Sums.Sum(View, member);
            float[] sums = new float[Batch * 16], rests = new float[Batch];
            fixed (float* s = sums, r = rests)
                Sums.Total(0, 0, Batch, s, r);
            return (sums, rests);
        }

        public void Dispose()
        {
            Sums.Dispose();
            View.Dispose();
            Network.Dispose();
        }
    }
}
