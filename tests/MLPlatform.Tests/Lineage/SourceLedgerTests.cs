using CsCheck;
using MLPlatform.Activities.Bees;
using MLPlatform.Activities.Lineage;
using MLPlatform.Activities.Tables;
using MLPlatform.Core.Lineage;
using MLPlatform.Tests.Tables;
using Xunit;

namespace MLPlatform.Tests.Lineage;

public sealed class SourceLedgerTests : IDisposable
{
    private readonly TestActivityContext _context = new();

    public void Dispose() => _context.Dispose();

    [Fact]
    public void Ranges_hold_exactly_the_records_of_their_output() =>
        Gen.Select(Gen.Bool, Gen.Int[1, 9]).Array[0, 200].Sample(records =>
        {
            SourceLedger ledger = new(["good", "bad"]);
            ledger.Begin("f", null, "bytes");
            long at = 5; // A header comes first.
            List<(bool Good, long From)> placed = [];
            foreach ((bool good, int length) in records)
            {
                ledger.Add(good ? "good" : "bad", at);
                placed.Add((good, at));
                at += length;
            }
            ledger.End(at);
            LineageDocument document = ledger.ToDocument();
            foreach (bool good in (bool[])[true, false])
            {
                IReadOnlyList<SourceRange> ranges = document.Outputs[good ? "good" : "bad"].Sources is [SourceLineage file] ? file.Ranges : [];
                Assert.Equal(placed.Where(p => p.Good == good).Select(p => p.From), placed.Where(p => ranges.Any(r => p.From >= r.From && p.From < r.To)).Select(p => p.From));
                Assert.Equal(placed.Count(p => p.Good == good), ranges.Sum(r => r.Records));
                Assert.True(ranges.Zip(ranges.Skip(1), (a, b) => a.To <= b.From).All(apart => apart));
            }
        });

    [Fact]
    public void Beyond_the_most_ranges_nothing_is_lost_but_it_is_no_longer_exact()
    {
        SourceLedger ledger = new(["good", "bad"]);
        ledger.Begin("f", null, "bytes");
        int records = 2 * SourceLedger.MostRanges + 10;
        for (int i = 0; i < records; i++)
            ledger.Add(i % 2 == 0 ? "good" : "bad", i);
        ledger.End(records);
        SourceLineage good = Assert.Single(ledger.ToDocument().Outputs["good"].Sources);
        Assert.Equal((SourceLedger.MostRanges, false, (long)records / 2), (good.Ranges.Count, good.Exact, good.Records));
        Assert.Equal(records - 1, good.Ranges[^1].To);
    }

    [Fact]
    public async Task A_collection_tells_the_bytes_of_good_and_of_bad_records()
    {
        string path = _context.Write("a.csv", "a,b\n1,2\n3\n\"4\"x,5\n\n6,7\n8,9\n");
        CollectBees.Outputs outputs = await _context.RunAsync(new CollectBees(), new CollectBees.Inputs { Source = path });
        LineageDocument document = (await LineageFile.ReadAsync(outputs.Lineage.Hash, _context.Artifacts, TestContext.Current.CancellationToken))!;
        SourceLineage table = Assert.Single(document.Outputs["table"].Sources), quarantine = Assert.Single(document.Outputs["quarantine"].Sources);
        Assert.Equal((path, "bytes", true), (table.Path, table.Unit, table.Exact));
        Assert.Equal([new SourceRange(4, 8, 1), new SourceRange(18, 26, 2)], table.Ranges);
        Assert.Equal([new SourceRange(8, 18, 2)], quarantine.Ranges);
        Assert.Equal(table.Identity, LineageFile.IdentityOf(path));
    }

    [Fact]
    public async Task A_file_inside_an_artifact_is_named_after_it_and_parquet_counts_rows()
    {
        string path = _context.Write("a.csv", "a,when\n1,2020-01-01\n2,2020-01-02\n");
        CollectBees.Outputs first = await _context.RunAsync(new CollectBees(), new CollectBees.Inputs { Source = path });
        CollectBees.Outputs outputs = await _context.RunAsync(new CollectBees(), new CollectBees.Inputs { Artifact = first.Table, Columns = [new() { Name = "a", Type = ColumnType.Int64 }] });
        LineageDocument document = (await LineageFile.ReadAsync(outputs.Lineage.Hash, _context.Artifacts, TestContext.Current.CancellationToken))!;
        SourceLineage table = Assert.Single(document.Outputs["table"].Sources);
        Assert.Equal(($"{first.Table.Hash}/part-00000.parquet", "rows"), (table.Path, table.Unit));
        Assert.Equal([new SourceRange(0, 2, 2)], table.Ranges);
        Assert.Empty(document.Outputs["quarantine"].Sources);
    }
}
