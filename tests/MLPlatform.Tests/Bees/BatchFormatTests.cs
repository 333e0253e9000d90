using System.Buffers;
using CsCheck;
using MLPlatform.Core.Bees;
using Xunit;

namespace MLPlatform.Tests.Bees;

/// <summary>What an agent writes is what the collector reads, and nothing else passes for it.</summary>
public sealed class BatchFormatTests
{
    private static readonly DateTimeOffset At = new(2026, 3, 1, 8, 0, 0, TimeSpan.Zero);

    private static readonly Gen<(long From, (int Gap, byte[] Bytes)[] Records)> Content =
        Gen.Select(Gen.Long[0, 1L << 50], Gen.Select(Gen.OneOf(Gen.Int[0, 5], Gen.Int[0, 1 << 30]), Gen.Byte.Array[0, 40]).Array[0, 20]);

    [Fact]
    public void Any_batch_is_read_as_it_was_written() => Content.Sample(content =>
    {
        byte[] frame = [.. Frame(content.From, content.Records, out BatchHeader header, out List<(long, string)> records), 1, 2, 3];
        var whole = Assert.IsType<BatchReading.Whole>(BatchReading.Read(frame));
        Assert.Equal(header, whole.Batch.Header);
        Assert.Equal(frame.Length - 3, whole.Length);
        List<(long, string)> read = [];
        foreach (BatchRecord record in whole.Batch.Records)
            read.Add((record.Position, Convert.ToHexString(record.Bytes)));
        Assert.Equal(records, read);
        Assert.Equal(records.Count, whole.Batch.Count);
    });

    [Fact]
    public void A_batch_with_any_bit_turned_is_not_taken() => Gen.Select(Content, Gen.Int[0, int.MaxValue]).Sample((content, at) =>
    {
        byte[] frame = Frame(content.From, content.Records, out _, out _);
        int bit = at % (frame.Length * 8);
        frame[bit / 8] ^= (byte)(1 << (bit % 8));
        Assert.IsNotType<BatchReading.Whole>(BatchReading.Read(frame));
    }, iter: 2000);

    [Fact]
    public void A_batch_that_ends_early_is_torn_wherever_it_ends()
    {
        byte[] frame = Frame(7, [(0, "one"u8.ToArray()), (3, "two"u8.ToArray())], out _, out _);
        for (int length = 0; length < frame.Length; length++)
            Assert.True(Assert.IsType<BatchReading.Torn>(BatchReading.Read(frame.AsMemory(0, length))).Need > length);
    }

    [Fact]
    public void Walking_the_records_allocates_nothing()
    {
        byte[] frame = Frame(0, [.. Enumerable.Range(0, 500).Select(i => (i, new byte[i]))], out _, out _);
        Batch batch = ((BatchReading.Whole)BatchReading.Read(frame)).Batch;
        Sum(batch);
        long before = GC.GetAllocatedBytesForCurrentThread();
        long sum = Sum(batch);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(499 * 500 / 2, sum);

        static long Sum(Batch batch)
        {
            long sum = 0;
            foreach (BatchRecord record in batch.Records)
                sum += record.Bytes.Length;
            return sum;
        }
    }

    public static TheoryData<string, BatchHeader> Wrong => new()
    {
        { "agent name", Header(0, 9) with { Agent = "../a" } },
        { "source name", Header(0, 9) with { Source = "" } },
        { "channel has 0", Header(0, 9) with { Channel = "" } },
        { "channel has 257", Header(0, 9) with { Channel = new string('x', 257) } },
        { "before it begins", Header(5, 4) },
        { "before the channel's start", Header(5, 9) with { Start = 6 } },
        { "lost bytes", Header(5, 9) with { LostBytes = 6 } },
        { "negative", Header(5, 9) with { CutBytes = -1 } },
    };

    [Theory, MemberData(nameof(Wrong))]
    public void A_header_that_cannot_be_is_told(string says, BatchHeader header) =>
        Assert.Contains(says, Assert.IsType<BatchReading.Invalid>(BatchReading.Read(Written(header, _ => { }))).Why, StringComparison.Ordinal);

    [Fact]
    public void A_record_behind_the_end_is_told() =>
        Assert.Contains("behind the end", Assert.IsType<BatchReading.Invalid>(
            BatchReading.Read(Written(Header(0, 9), writer => writer.Add(9, "x"u8)))).Why, StringComparison.Ordinal);

    [Fact]
    public void Records_come_in_order() => Assert.Throws<ArgumentOutOfRangeException>(() => Written(Header(5, 9), writer => writer.Add(4, "x"u8)));

    public static BatchHeader Header(long from, long to) => new()
    {
        Agent = "web-1",
        Source = "clicks",
        Channel = "file:1",
        Path = "/var/log/ä.log",
        From = from,
        To = to,
        ReadAt = At,
    };

    private static byte[] Frame(long from, (int Gap, byte[] Bytes)[] content, out BatchHeader header, out List<(long, string)> records)
    {
        List<(long Position, byte[] Bytes)> made = [];
        long position = from;
        foreach ((int gap, byte[] bytes) in content)
        {
            made.Add((position + gap, bytes));
            position += gap;
        }
        header = Header(from, position + 1);
        records = [.. made.Select(r => (r.Position, Convert.ToHexString(r.Bytes)))];
        return Written(header, writer => made.ForEach(r => writer.Add(r.Position, r.Bytes)));
    }

    private static byte[] Written(BatchHeader header, Action<BatchWriter> add)
    {
        BatchWriter writer = new();
        writer.Start(header.From);
        add(writer);
        ArrayBufferWriter<byte> output = new();
        BatchWriter.WriteTo(output, header, writer.RecordBytes, writer.Count);
        byte[] frame = output.WrittenSpan.ToArray();
        Assert.Equal(frame, (byte[])[.. writer.Head(header), .. writer.RecordBytes]); // Who compresses it does not write it whole first.
        return frame;
    }
}
