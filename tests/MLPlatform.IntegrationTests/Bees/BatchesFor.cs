using System.Buffers;
using System.Text;
using MLPlatform.Core.Bees;

namespace MLPlatform.IntegrationTests.Bees;

/// <summary>Batches as an agent would make them of lines.</summary>
internal static class BatchesFor
{
    public static readonly DateTimeOffset ReadAt = new(2026, 3, 1, 8, 0, 0, TimeSpan.Zero);

    public static byte[] Frame(string source, string channel, long from, params string[] lines) => Write(Batch(source, channel, from, lines));

    public static Batch Batch(string source, string channel, long from, params string[] lines)
    {
        BatchWriter writer = new();
        writer.Start(from);
        long position = from;
        foreach (string line in lines)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(line);
            writer.Add(position, bytes);
            position += bytes.Length + 1;
        }
        return new Batch(new BatchHeader { Agent = "tester", Source = source, Channel = channel, Path = channel, From = from, To = position, ReadAt = ReadAt },
            writer.RecordBytes.ToArray(), writer.Count);
    }

    public static byte[] Write(Batch batch)
    {
        ArrayBufferWriter<byte> output = new();
        BatchWriter.WriteTo(output, batch.Header, batch.RecordBytes.Span, batch.Count);
        return output.WrittenSpan.ToArray();
    }

    public static List<string> Lines(Batch batch)
    {
        List<string> lines = [];
        foreach (BatchRecord record in batch.Records)
            lines.Add(Encoding.UTF8.GetString(record.Bytes));
        return lines;
    }
}
