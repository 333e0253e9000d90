using MLPlatform.Vlps.Batches;
using MLPlatform.Vlps.Declarations;
using MLPlatform.Vlps.Networks;
using MLPlatform.Vlps.Tables;

namespace MLPlatform.Tests.Vlps.Networks;

/// <summary>A few samples with three fields, one of them a sequence, and two numbers.</summary>
internal static class SmallSamples
{
    public static readonly SampleColumns Plain = new([new("user", false, false), new("item", false, false), new("shop", false, false)], ["age", "price"]);

    public static readonly SampleColumns Mixed = new([new("user", false, false), new("item", false, true), new("seen", true, false)], ["age", "price"]);

    public static ModelDeclaration Model(ModelName name, int dim = 8) => new()
    {
        Model = name,
        Fields = new FieldDeclaration { Dim = dim, Precision = Precision.Float32, FactorScale = 0.5 },
        Layers = [12, 5],
    };

    public static FieldBlock Fill(FieldBlock block, int rows, int seed, int ids = 9)
    {
        var random = new Random(seed);
        block.Clear();
        for (int i = 0; i < rows; i++)
        {
            for (int f = 0; f < block.Fields.Count; f++)
            {
                for (int n = block.Fields[f].Many ? random.Next(4) : 1; n > 0; n--)
                    block.Fields[f].Add(Samples.Id($"f{f}", random.Next(ids)), block.Fields[f].Weighted ? random.NextSingle() + 0.5f : 1);
            }
            int row = block.EndRow(random.Next(2), 0.5f + random.NextSingle());
            for (int n = 0; n < block.Shape.Numbers; n++)
                block.Numbers[(row * block.Shape.Numbers) + n] = random.NextSingle() - 0.5f;
            for (int task = 1; task < block.Shape.Tasks; task++)
                block.Labels(task)[row] = block.Labels(0)[row] * random.Next(2);
        }
        return block;
    }
}
