using MLPlatform.Vlps.Arithmetic;
using MLPlatform.Vlps.Batches;
using MLPlatform.Vlps.Declarations;
using MLPlatform.Vlps.Networks;
using MLPlatform.Vlps.Tables;
using Xunit;

namespace MLPlatform.Tests.Vlps.Networks;

public sealed class NetworkTrainerTests
{
    public static TheoryData<ModelName> Names => [.. Enum.GetValues<ModelName>().Where(n => n != ModelName.TwoTower)];

    [Theory, MemberData(nameof(Names))]
    public void The_same_seed_gives_the_same_scores_on_any_number_of_threads(ModelName name)
    {
        float[] one = Train(name, threads: 1, SmallSamples.Mixed), three = Train(name, threads: 3, SmallSamples.Mixed);
        Assert.Equal(one, three);
        Assert.Equal(one, Train(name, threads: 3, SmallSamples.Mixed));
    }

    [Theory, MemberData(nameof(Names))]
    public void All_instructions_learn_the_same(ModelName name)
    {
        float[] plain = Train(name, 1, SmallSamples.Plain, SimdLevel.Scalar);
        foreach (SimdLevel level in Simd.Levels)
        {
            float[] others = Train(name, 1, SmallSamples.Plain, level);
            for (int i = 0; i < plain.Length; i++)
                Assert.Equal(plain[i], others[i], 2e-3);
        }
    }

    /// <summary>One field's columns end one panel and begin the next, so it is not read and stepped as one vector.</summary>
    [Theory]
    [InlineData(Precision.Float32)]
    [InlineData(Precision.BFloat16)]
    public void All_instructions_learn_the_same_where_an_embedding_lies_in_two_panels(Precision precision)
    {
        ModelDeclaration model = SmallSamples.Model(ModelName.DcnV2, 16);
        model = model with { Fields = model.Fields with { Precision = precision }, Except = new Dictionary<string, FieldDeclaration> { ["user"] = new() { Dim = 8 } } };
        float[] plain = Train(model, 1, SmallSamples.Plain, SimdLevel.Scalar);
        foreach (SimdLevel level in Simd.Levels)
        {
            float[] others = Train(model, 1, SmallSamples.Plain, level);
            for (int i = 0; i < plain.Length; i++)
                Assert.Equal(plain[i], others[i], precision == Precision.Float32 ? 2e-3 : 2e-2);
        }
    }

    /// <summary>A sequence of one id is that id, also where its embedding lies in two panels or three.</summary>
    [Theory]
    [InlineData(8, 16, 16)]
    [InlineData(8, 16, 64)]
    public void A_sequence_of_one_id_learns_as_the_id_does(int user, int item, int shop)
    {
        ModelDeclaration model = SmallSamples.Model(ModelName.DcnV2, user);
        ModelDeclaration Declared(Pooling? pooling) => model with
        {
            Except = new Dictionary<string, FieldDeclaration> { ["item"] = new() { Dim = item }, ["shop"] = new() { Dim = shop, Pooling = pooling } },
        };
        SampleColumns sequences = SmallSamples.Plain with { Fields = [.. SmallSamples.Plain.Fields.Select(f => f.Name == "shop" ? f with { Many = true } : f)] };
        using var one = new SparseModel(Declared(null), SmallSamples.Plain, new SparseOptions { Batch = 100 });
        using var many = new SparseModel(Declared(Pooling.Sum), sequences, new SparseOptions { Batch = 100 });
        FieldBlock plain = SmallSamples.Fill(one.NewBlock(), 950, seed: 3), pooled = many.NewBlock();
        for (int row = 0; row < plain.Rows; row++)
        {
            for (int f = 0; f < plain.Fields.Count; f++)
                pooled.Fields[f].Add(plain.Fields[f].Ids[row]);
            pooled.EndRow(plain.Labels(0)[row], plain.Weights[row]);
        }
        plain.Numbers.CopyTo(pooled.Numbers);
        foreach ((SparseModel trained, FieldBlock block) in ((SparseModel, FieldBlock)[])[(one, plain), (many, pooled)])
        {
            for (int epoch = 0; epoch < 3; epoch++)
                trained.Train(block, [new float[block.Rows]]);
        }
        float[] expected = new float[plain.Rows], found = new float[plain.Rows];
        one.Score(plain, 0, 0, expected);
        many.Score(pooled, 0, 0, found);
        for (int row = 0; row < plain.Rows; row++)
            Assert.Equal(expected[row], found[row], 1e-3);
    }

    [Theory]
    [InlineData(RowOptimizer.Adagrad)]
    [InlineData(RowOptimizer.AdagradFull)]
    [InlineData(RowOptimizer.Ftrl)]
    [InlineData(RowOptimizer.Adam)]
    [InlineData(RowOptimizer.LazyAdam)]
    public void A_factorization_machine_learns_tastes_with_every_optimizer(RowOptimizer optimizer)
    {
        using var model = new SparseModel(
            new ModelDeclaration { Model = ModelName.Fm, Fields = new() { Dim = 8, Optimizer = optimizer, Rate = optimizer is RowOptimizer.Adam or RowOptimizer.LazyAdam ? 0.01 : 0.1 } },
            new SampleColumns([new("user", false, false), new("item", false, false)], []), new SparseOptions { Batch = 120 });
        FieldBlock block = model.NewBlock();
        Tastes(block, 20_000, 1);
        for (int epoch = 0; epoch < 3; epoch++)
            model.Train(block, [new float[block.Rows]]);
        Tastes(block, 5_000, 2);
        var scores = new float[block.Rows];
        model.Score(block, 0, 0, scores);
        double? auc = MLPlatform.Vlps.Metrics.Ranking.Auc(scores, [.. block.Labels(0).ToArray().Select(l => (byte)l)]);
        Assert.InRange(auc!.Value, 0.8, 0.9); // At best 0.825.
    }

    [Fact]
    public void A_factorization_machine_without_linear_weights_learns_tastes()
    {
        using SparseModel model = OfParts([new() { Name = "click" }], new PartDeclaration { Part = PartKind.Pairs });
        Assert.InRange(AucOfTastes(model, task: 0), 0.75, 0.9);
    }

    [Fact]
    public void A_factorization_machine_is_of_the_task_that_it_names()
    {
        using SparseModel model = OfParts(
            [new() { Name = "click" }, new() { Name = "buy", Label = "buy" }],
            new() { Part = PartKind.Linear, Task = "click", Name = "a" }, new() { Part = PartKind.Linear, Task = "buy", Name = "b" }, new() { Part = PartKind.Pairs, Task = "buy" });
        Assert.InRange(AucOfTastes(model, task: 1), 0.75, 0.9);
    }

    private static SparseModel OfParts(IReadOnlyList<TaskDeclaration> tasks, params PartDeclaration[] parts) => new(
        new ModelDeclaration { Tasks = tasks, Parts = parts, Fields = new() { Dim = 8, Rate = 0.1 } },
        new SampleColumns([new("user", false, false), new("item", false, false)], []), new SparseOptions { Batch = 120 });

    // The other tasks have the first one's labels the other way round.
    private static double AucOfTastes(SparseModel model, int task)
    {
        FieldBlock block = model.NewBlock();
        Tastes(block, 20_000, 1);
        for (int epoch = 0; epoch < 3; epoch++)
            model.Train(block, [.. Enumerable.Range(0, model.Tasks).Select(_ => new float[block.Rows])]);
        Tastes(block, 5_000, 2);
        var scores = new float[block.Rows];
        model.Score(block, 0, task, scores);
        return MLPlatform.Vlps.Metrics.Ranking.Auc(scores, [.. block.Labels(task).ToArray().Select(l => (byte)l)])!.Value;
    }

    [Fact]
    public void Ids_get_weights_only_when_they_were_seen_often_enough()
    {
        ModelDeclaration declared = SmallSamples.Model(ModelName.Fm);
        using var model = new SparseModel(declared with { Fields = declared.Fields with { MinCount = 3 } }, SmallSamples.Plain, new SparseOptions { Batch = 24 });
        FieldBlock block = SmallSamples.Fill(model.NewBlock(), 2, seed: 1, ids: 1);
        model.Train(block, [new float[2]]);
        Assert.Equal(0, model.Rows);
        model.Train(block, [new float[2]]);
        Assert.Equal(3, model.Rows);
    }

    private static void Tastes(FieldBlock block, int rows, int seed)
    {
        var random = new Random(seed);
        block.Clear();
        for (int i = 0; i < rows; i++)
        {
            int user = random.Next(40), item = random.Next(60);
            block.Fields[0].Add(Samples.Id("user", user));
            block.Fields[1].Add(Samples.Id("item", item));
            int row = block.EndRow(random.NextDouble() < (user % 2 == item % 2 ? 0.8 : 0.15) ? 1 : 0, 1);
            for (int task = 1; task < block.Shape.Tasks; task++)
                block.Labels(task)[row] = 1 - block.Labels(0)[row];
        }
    }

    private static float[] Train(ModelName name, int threads, SampleColumns columns, SimdLevel? level = null) => Train(SmallSamples.Model(name), threads, columns, level);

    private static float[] Train(ModelDeclaration declaration, int threads, SampleColumns columns, SimdLevel? level)
    {
        var options = new SparseOptions { Batch = 100, Threads = threads, AnyThreads = true };
        using var model = new SparseModel(declaration, columns, options, level ?? Simd.Chosen);
        FieldBlock block = SmallSamples.Fill(model.NewBlock(), 950, seed: 3);
        float[][] scores = [.. Enumerable.Range(0, model.Tasks).Select(_ => new float[block.Rows])];
        model.Train(block, scores);
        model.Train(block, scores);
        float[] last = new float[block.Rows];
        model.Score(block, 0, model.Tasks - 1, last);
        return [.. scores.SelectMany(s => s), .. last];
    }
}
