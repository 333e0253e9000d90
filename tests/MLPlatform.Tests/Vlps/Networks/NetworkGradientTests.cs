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
    });

    [Theory, MemberData(nameof(Names))]
    public void Gradients_of_embeddings_are_those_of_the_loss(ModelName name) => GemmTests.ForEachLevel(level =>
    {
        using var run = new OneBatch(Declare(name), level, Rows);
        DoubleModel reference = run.Reference();
        for (int row = 0; row < Rows; row++)
        {
            for (int field = 0; field < run.Network.Fields.Count; field++)
            {
                for (int j = 0; j < run.Network.Fields[field].Dim; j++)
                    Assert.Equal(reference.Slope(row, field, j), run.EmbeddingGradient(row, field, j), 2e-3);
            }
        }
    });

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
