using MLPlatform.Vlps.Features;
using MLPlatform.Vlps.Training;

namespace MLPlatform.Tests.Vlps;

/// <summary>Samples made up in memory.</summary>
internal sealed class Samples(IReadOnlyList<(float Label, float Weight, (ulong Id, float Value)[] Features)> rows, int blockRows = 1000) : ISampleSource
{
    public long CountRows() => rows.Count;

    public IEnumerable<SampleBlock> Read()
    {
        var block = new SampleBlock();
        foreach ((float label, float weight, (ulong Id, float Value)[] features) in rows)
        {
            foreach ((ulong id, float value) in features)
                block.Add(id, value);
            block.EndRow(label, weight);
            if (block.Rows < blockRows)
                continue;
            yield return block;
            block.Clear();
        }
        if (block.Rows > 0)
            yield return block;
    }

    /// <summary>Clicks of users on items where the user's and the item's taste must agree, which no linear model can tell.</summary>
    public static Samples Tastes(int rows, int seed, int blockRows = 1000)
    {
        var random = new Random(seed);
        return new Samples([.. Enumerable.Range(0, rows).Select(_ =>
        {
            int user = random.Next(40), item = random.Next(60), context = random.Next(5);
            bool agree = user % 2 == item % 2;
            double p = agree ? 0.8 : 0.15;
            return (random.NextDouble() < p ? 1f : 0f, 1f, new[] { (Id("user", user), 1f), (Id("item", item), 1f), (Id("context", context), 1f) });
        })], blockRows);
    }

    public static ulong Id(string field, int value) => FeatureHash.Combine(FeatureHash.Seed(field), (ulong)value + 1);
}
