using CsCheck;
using MLPlatform.Vlps.Batches;
using Xunit;

namespace MLPlatform.Tests.Vlps.Batches;

public sealed class FieldBlockTests
{
    private static readonly BlockShape Shape = new([(false, false), (true, false), (false, true), (true, true)], Numbers: 2, Tasks: 2);

    /// <summary>Pieces of blocks, one after another, are the samples that a list of them holds.</summary>
    [Fact]
    public void Samples_of_other_blocks_are_added_as_they_are() =>
        Gen.Select(Gen.Int[1, 60], Gen.Int, Gen.Select(Gen.Int[0, 59], Gen.Int[0, 59]).Array[0, 6]).Sample((rows, seed, pieces) =>
        {
            FieldBlock from = Made(rows, seed), into = new(Shape);
            List<string> expected = [];
            foreach ((int first, int last) in pieces.Select(p => (Math.Min(p.Item1, p.Item2) % rows, Math.Max(p.Item1, p.Item2) % rows)).Where(p => p.Item1 <= p.Item2))
            {
                into.Append(from, first, last - first + 1);
                expected.AddRange(Enumerable.Range(first, last - first + 1).Select(row => Told(from, row)));
            }
            Assert.Equal(expected.Count, into.Rows);
            Assert.Equal(expected, Enumerable.Range(0, into.Rows).Select(row => Told(into, row)));
        }, iter: 300);

    private static FieldBlock Made(int rows, int seed)
    {
        Random random = new(seed);
        FieldBlock block = new(Shape);
        for (int row = 0; row < rows; row++)
        {
            foreach (FieldColumn field in block.Fields)
            {
                for (int left = field.Many ? random.Next(4) : 1; left > 0; left--)
                    field.Add((ulong)random.NextInt64(), random.NextSingle());
            }
            int at = block.EndRow(random.Next(2), random.NextSingle());
            block.Numbers[at * Shape.Numbers] = random.NextSingle();
            block.Labels(1)[at] = random.Next(2);
        }
        return block;
    }

    private static string Told(FieldBlock block, int row) => string.Join(' ',
        [
            .. block.Fields.SelectMany(f => Enumerable.Range(f.Start(row), f.Start(row + 1) - f.Start(row)).Select(i => $"{f.Ids[i]}x{(f.Weighted ? f.Values[i] : 1)}").Prepend("|")),
            "|", .. block.Numbers.Slice(row * Shape.Numbers, Shape.Numbers).ToArray(), block.Labels(0)[row], block.Labels(1)[row], block.Weights[row],
        ]);
}
