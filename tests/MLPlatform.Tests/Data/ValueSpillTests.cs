using System.Text;
using CsCheck;
using MLPlatform.Activities.Data.Checks;
using MLPlatform.Tests.Tables;
using Xunit;

namespace MLPlatform.Tests.Data;

/// <summary>Values that go through files are those that went in, however little memory there is.</summary>
public sealed class ValueSpillTests : IDisposable
{
    private static readonly double[] Edges = [0.0, -0.0, double.Epsilon, -double.MaxValue, double.MaxValue];
    private readonly TestActivityContext _context = new();

    public void Dispose() => _context.Dispose();

    [Fact]
    public void Numbers_come_back_in_order_with_their_counts() =>
        Gen.Select(Gen.OneOf(Gen.Double[-1e6, 1e6], Gen.Int[-50, 50].Select(i => i / 4.0), Gen.Int[0, 4].Select(i => Edges[i])).Array[0, 6000], Gen.Int[0, 6000]).Sample((values, split) =>
        {
            using NumberSort sort = new(_context.NewFolder(), 1);
            for (int i = 0; i < values.Length; i++)
                sort.Add(NumberSort.Key(values[i]), own: i < split);
            List<(double, long, long)> found = [];
            sort.Merge((key, own, other) => found.Add((NumberSort.Double(key), own, other)));
            Assert.Equal(values.Select((v, i) => (Value: v + 0.0, Own: i < split)).GroupBy(v => v.Value).OrderBy(g => g.Key).Select(g => (g.Key, (long)g.Count(v => v.Own), (long)g.Count(v => !v.Own))), found);
        }, iter: 40, threads: 1);

    [Fact]
    public void Texts_come_back_once_with_their_counts() =>
        Gen.Select(Gen.OneOf(Gen.String[Gen.Char.AlphaNumeric, 0, 2], Gen.String[0, 400], Gen.Int[1, 3].Select(n => new string('x', n * 200_000))).Array[0, 300], Gen.Long[0, 2_000_000]).Sample((values, memory) =>
        {
            string folder = _context.NewFolder();
            List<(string, long, long)> found = [];
            using (TextSpill spill = new(folder, memory))
            {
                for (int i = 0; i < values.Length; i++)
                    spill.Add(Encoding.UTF8.GetBytes(values[i]), own: i % 3 != 0);
                spill.Complete((text, own, other) => found.Add((Encoding.UTF8.GetString(text), own, other)), TestContext.Current.CancellationToken);
            }
            IEnumerable<string> sound = values.Select(v => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(v)));
            Assert.Equal(
                sound.Select((v, i) => (Value: v, Own: i % 3 != 0)).GroupBy(v => v.Value).Select(g => (g.Key, (long)g.Count(v => v.Own), (long)g.Count(v => !v.Own))).OrderBy(g => g.Key, StringComparer.Ordinal),
                found.OrderBy(g => g.Item1, StringComparer.Ordinal));
            Assert.Empty(Directory.EnumerateFileSystemEntries(folder));
        }, iter: 20, threads: 1);

    [Fact]
    public void What_counts_texts_is_allocated_once_and_not_for_each_file()
    {
        const int Memory = 1 << 20, Texts = 100_000;
        string folder = _context.NewFolder();
        long before = GC.GetAllocatedBytesForCurrentThread(), found = 0;
        using (TextSpill spill = new(folder, Memory))
        {
            Span<byte> text = stackalloc byte[16];
            for (int i = 0; i < Texts; i++)
            {
                BitConverter.TryWriteBytes(text, i);
                spill.Add(text, own: true);
            }
            spill.Complete((_, own, _) => found += own, TestContext.Current.CancellationToken);
        }
        Assert.Equal(Texts, found);
        // The tables, grown by doubling, and buffers of files: 32 to write, one at a time to read.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, Memory, 8 * Memory);
    }
}
