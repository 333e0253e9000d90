using MLPlatform.Tests.Vlps.Arithmetic;
using MLPlatform.Vlps.Declarations;
using MLPlatform.Vlps.Networks;
using Xunit;

namespace MLPlatform.Tests.Vlps.Networks;

/// <summary>The gradients of every model against finite differences of the same model written in double precision.</summary>
public sealed class NetworkGradientTests
{
    private const int Rows = 17;

    public static TheoryData<ModelName> Names => [.. Enum.GetValues<ModelName>()];

    [Theory, MemberData(nameof(Names))]
    public void Dense_gradients_are_those_of_the_loss(ModelName name) => GemmTests.ForEachLevel(level =>
    {
        using var run = new OneBatch(Declare(name), level, Rows);
        CheckDense(run);
    });

    [Theory, MemberData(nameof(Names))]
    public void Gradients_of_embeddings_are_those_of_the_loss(ModelName name) => GemmTests.ForEachLevel(level =>
    {
        using var run = new OneBatch(Declare(name), level, Rows);
        CheckEmbeddings(run, [.. Enumerable.Range(0, Rows)]);
    });

    public static TheoryData<ModelName, int, int, int> Dims => new()
    {
        { ModelName.DeepFm, 24, 24, 24 },
        { ModelName.DeepFm, 64, 64, 64 },
        { ModelName.DcnV2, 8, 16, 16 },
        { ModelName.DcnV2, 3, 40, 8 },
    };

    /// <summary>Panels have 32 columns: of an embedding of 24, some begin in one and end in the next.</summary>
    [Theory, MemberData(nameof(Dims))]
    public void Embeddings_that_lie_in_several_panels_have_the_gradients_of_the_loss(ModelName name, int user, int item, int shop) => GemmTests.ForEachLevel(level =>
    {
        ModelDeclaration model = SmallSamples.Model(name, user);
        using var run = new OneBatch(
            model with { Fields = model.Fields with { FactorScale = 0.1 }, Except = new Dictionary<string, FieldDeclaration> { ["item"] = new() { Dim = item }, ["shop"] = new() { Dim = shop } } }, level, Rows);
        Assert.Equal(run.Reference().Loss(), run.Loss(), 1e-4);
        CheckEmbeddings(run, [0, Rows - 1]);
        for (int field = 0; field < run.Network.Fields.Count; field++)
        {
            foreach ((int row, int j, float gradient) in run.RowGradients(field))
                Assert.Equal(run.RowsLike(row, field).Sum(other => run.EmbeddingGradient(other, field, j)), gradient, 1e-5);
        }
    });

    /// <summary>Fields are multiplied four at once, and what is left one by one.</summary>
    [Theory]
    [InlineData(2, 8)]
    [InlineData(4, 16)]
    [InlineData(7, 5)]
    [InlineData(9, 24)]
    public void Pairs_of_fields_have_the_gradients_of_the_loss(int fields, int dim) => GemmTests.ForEachLevel(level =>
    {
        SampleColumns columns = new([.. Enumerable.Range(0, fields).Select(f => new SampleField($"f{f}", false, false))], ["age"]);
        ModelDeclaration model = SmallSamples.Model(ModelName.Fwfm, dim);
        // So small that no probability is so near to 0 or 1 that a float's logarithm differs.
        using var run = new OneBatch(model with { Fields = model.Fields with { FactorScale = 0.2 } }, level, Rows, columns);
        CheckDense(run);
        CheckEmbeddings(run, [0, Rows - 1]);
    });

    private static void CheckDense(OneBatch run)
    {
        DoubleModel reference = run.Reference();
        Assert.Equal(reference.Loss(), run.Loss(), 1e-4);
        foreach (Parameter parameter in run.Network.Parameters.All)
        {
            for (int i = 0; i < parameter.Length; i++)
            {
                if (reference.IsUsed(parameter, i))
                    Assert.Equal(reference.Slope(parameter, i), run.Gradient(parameter, i), 2e-3);
            }
        }
    }

    private static void CheckEmbeddings(OneBatch run, int[] rows)
    {
        DoubleModel reference = run.Reference();
        foreach (int row in rows)
        {
            for (int field = 0; field < run.Network.Fields.Count; field++)
            {
                for (int j = 0; j < run.Network.Fields[field].Dim; j++)
                    Assert.Equal(reference.Slope(row, field, j), run.EmbeddingGradient(row, field, j), 2e-3);
            }
        }
    }

    // For two towers, user and age against item, shop and price.
    private static ModelDeclaration Declare(ModelName name) => name != ModelName.TwoTower ? SmallSamples.Model(name) : SmallSamples.Model(name) with
    {
        Parts =
        [
            new() { Part = PartKind.Perceptron, Name = "left", Fields = ["user", "age"], Layers = [12, 6] },
            new() { Part = PartKind.Perceptron, Name = "right", Fields = ["item", "shop", "price"], Layers = [10, 6] },
        ],
        Tasks = [new() { Name = "match", Towers = ["left", "right"], Temperature = 0.5 }],
    };
}
