using System.IO.Compression;
using MLPlatform.Bees.Sinks;
using MLPlatform.Core.Bees;
using Xunit;

namespace MLPlatform.Tests.Bees;

/// <summary>What goes over the wire is the frames, whatever they hold.</summary>
public sealed class PackedFramesTests
{
    [Fact]
    public void Frames_that_do_not_shrink_and_many_small_ones_come_out_as_they_went_in()
    {
        Random random = new(1);
        byte[] noise = new byte[300_000];
        random.NextBytes(noise);
        OutgoingBatch[] batches = [Batch(noise), .. Enumerable.Range(0, 200).Select(i => Batch(noise.AsSpan(0, i)))];
        PackedFrames packed = new();
        for (int again = 0; again < 2; again++)
        {
            MemoryStream whole = new();
            using (BrotliStream stream = new(new MemoryStream(packed.Pack(batches).ToArray()), CompressionMode.Decompress))
                stream.CopyTo(whole);
            ReadOnlyMemory<byte> rest = whole.ToArray();
            foreach (OutgoingBatch sent in batches)
            {
                var read = Assert.IsType<BatchReading.Whole>(BatchReading.Read(rest));
                Assert.Equal(sent.Header, read.Batch.Header);
                Assert.Equal(sent.Records.RecordBytes, read.Batch.RecordBytes.Span);
                rest = rest[read.Length..];
            }
            Assert.True(rest.IsEmpty);
        }
    }

    private static OutgoingBatch Batch(ReadOnlySpan<byte> record)
    {
        BatchWriter writer = new();
        writer.Start(0);
        writer.Add(0, record);
        return new OutgoingBatch(BatchFormatTests.Header(0, 1), writer);
    }
}
