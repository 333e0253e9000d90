using System.Buffers;
using System.Globalization;
using System.Text;
using CsCheck;
using MLPlatform.Activities.Bees;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Bees;
using MLPlatform.Tests.Tables;
using Xunit;

namespace MLPlatform.Tests.Bees;

/// <summary>The format text: of a file each line is a row, of a registered source each record.</summary>
public sealed class CollectTextTests : IDisposable
{
    private const int Longest = 1024;
    private readonly TestActivityContext _context = new();

    public void Dispose() => _context.Dispose();

    [Fact]
    public async Task Lines_are_taken_as_they_are_and_bad_ones_go_to_quarantine()
    {
        string file = _context.Write("app.log", $"\uFEFFa,\"b\r\n\n  # c \n{new string('x', Longest + 500)}\nn\0l\n007");
        CollectBees.Outputs outputs = await _context.RunAsync(new CollectBees(),
            new CollectBees.Inputs { Source = file, Format = SourceFormat.Text, MaxLineBytes = Longest, Lineage = true, Rename = new Dictionary<string, string> { ["text"] = "message" } });
        Assert.Equal("message VARCHAR, _file VARCHAR, _line BIGINT, _offset BIGINT", await _context.SchemaAsync(outputs.Table));
        Assert.Equal([["a,\"b", "1", "3"], ["", "2", "9"], ["  # c ", "3", "10"], ["007", "6", "1546"]], await _context.ReadAsync(outputs.Table, "message, _line, _offset"));
        Assert.Equal([["4", "tooLong", "1524"], ["5", "nul", "3"]], await _context.ReadAsync(outputs.Quarantine, "line, reason, length(text)"));
    }

    [Fact]
    public async Task Bytes_that_are_not_UTF8_go_to_quarantine()
    {
        string file = _context.Write("app.log", "good\n");
        await File.WriteAllBytesAsync(file, [.. "good\n"u8, 0xFF, 0xFE, .. "\nbetter\n"u8], TestContext.Current.CancellationToken);
        CollectBees.Outputs outputs = await _context.RunAsync(new CollectBees(), new CollectBees.Inputs { Source = file, Format = SourceFormat.Text });
        Assert.Equal([["good"], ["better"]], await _context.ReadAsync(outputs.Table));
        Assert.Equal([["2", "encoding"]], await _context.ReadAsync(outputs.Quarantine, "line, reason"));
    }

    [Fact]
    public async Task What_has_no_meaning_for_text_is_refused()
    {
        CollectBees.Inputs inputs = new() { Source = _context.Write("app.log", "a\n"), Format = SourceFormat.Text };
        foreach (CollectBees.Inputs bad in (CollectBees.Inputs[])[inputs with { EventTime = "text" }, inputs with { Columns = [new() { Name = "text" }] }, inputs with { Comment = "#" }])
            Assert.Contains("format text", (await Assert.ThrowsAsync<ActivityException>(() => _context.RunAsync(new CollectBees(), bad))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public Task Records_of_a_source_stay_whole_however_they_are_cut_into_batches() =>
        Gen.Select(
            Gen.Frequency((6, Gen.String[Gen.Char["ab\n\r ,\"é"], 0, 40]), (1, Gen.Const(new string('x', Longest))), (1, Gen.Const(string.Concat(Enumerable.Repeat("long\n", 300)))),
                (1, Gen.Const(string.Concat(Enumerable.Repeat("far longer\n", 20_000))))).Array[1, 12], Gen.Int[1, 5])
        .SampleAsync(async (records, perBatch) =>
        {
            using TestActivityContext context = new();
            (ArtifactRef slice, List<long> positions) = await SliceAsync(context, records, perBatch);
            CollectBees.Outputs outputs = await context.RunAsync(new CollectBees(),
                new CollectBees.Inputs { Source = "source:app", Slice = slice, Format = SourceFormat.Text, MaxLineBytes = Longest, Lineage = true });
            List<(string Text, string Line, string Position)> all = [];
            long line = 1;
            for (int i = 0; i < records.Length; line += records[i++].Count(c => c == '\n') + 1)
                all.Add((records[i], line.ToString(CultureInfo.InvariantCulture), positions[i].ToString(CultureInfo.InvariantCulture)));
            ILookup<bool, (string Text, string Line, string Position)> good = all.ToLookup(r => Encoding.UTF8.GetByteCount(r.Text) <= Longest);
            Assert.Equal(good[true].Select(r => (string?[])[r.Text, r.Line, r.Position]), await context.ReadAsync(outputs.Table, "text, _line, _offset"));
            Assert.Equal(good[false].Select(r => (string?[])[r.Line, r.Position, "tooLong"]), await context.ReadAsync(outputs.Quarantine, "line, \"offset\", reason"));
        }, iter: 40, threads: 1);

    private static async Task<(ArtifactRef, List<long>)> SliceAsync(TestActivityContext context, string[] records, int perBatch)
    {
        ArrayBufferWriter<byte> segment = new();
        List<long> positions = [];
        long position = 0;
        foreach (string[] batch in records.Chunk(perBatch))
        {
            BatchWriter writer = new();
            writer.Start(position);
            long from = position;
            foreach (string record in batch)
            {
                byte[] bytes = Encoding.UTF8.GetBytes(record);
                writer.Add(position, bytes);
                positions.Add(position);
                position += bytes.Length + 1;
            }
            BatchHeader header = new() { Agent = "a", Source = "app", Channel = "c", Path = "app.log", From = from, To = position, ReadAt = DateTimeOffset.UnixEpoch };
            BatchWriter.WriteTo(segment, header, writer.RecordBytes, writer.Count);
        }
        string folder = Path.Combine(context.ScratchFolder, "log");
        Directory.CreateDirectory(folder);
        await File.WriteAllBytesAsync(Path.Combine(folder, "0000000001.bees"), segment.WrittenSpan.ToArray());
        return (await context.Artifacts.PutFolderAsync(folder, "slice", CancellationToken.None), positions);
    }
}
