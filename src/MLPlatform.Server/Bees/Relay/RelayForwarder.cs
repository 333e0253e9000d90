using System.Buffers;
using System.IO.Compression;
using MLPlatform.Core.Bees;
using MLPlatform.Storage.Bees;

namespace MLPlatform.Server.Bees.Relay;

/// <summary>
/// Forwards a source's log, segment by segment, and removes a segment when the server has all of it. Where it is broken off, the
/// segment is sent again from its beginning: what the server has drops out there, by channel and position.
/// </summary>
internal sealed class RelayForwarder(LandingLog log, RelayUpstream upstream, TimeProvider time, Action<string, string?> tell)
{
    private const int RequestBytes = 2 << 20;
    private static readonly TimeSpan Remember = TimeSpan.FromDays(30); // Channels that ended, so that nothing of them comes in again.
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    public async Task RunAsync(CancellationToken cancel)
    {
        TimeSpan pause = Look;
        while (true)
        {
            try
            {
                if (log.Now is { Segments.Count: 0, Active.Bytes: 0 })
                    await Task.Delay(Look, time, cancel);
                else
                    await ForwardAsync((await log.SealAsync(cancel))[0], cancel);
                tell(log.Source, null);
                pause = Look;
                continue;
            }
            catch (RelayException e)
            {
                tell(log.Source, $"{e.Code}: {e.Message}");
            }
            catch (Core.Activities.ActivityException e)
            {
                tell(log.Source, $"{e.Code}: {e.Message}");
            }
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            await Task.Delay(pause, time, cancel);
        }
    }

    private async Task ForwardAsync(Segment segment, CancellationToken cancel)
    {
        foreach ((byte[] packed, List<BatchHeader> batches) in Requests(segment))
            await upstream.ForwardAsync(packed, batches, cancel);
        await log.ExpireAsync((s, _) => s.Number <= segment.Number, time.GetUtcNow() - Remember, cancel);
    }

    private List<(byte[] Packed, List<BatchHeader> Batches)> Requests(Segment segment)
    {
        List<(byte[], List<BatchHeader>)> requests = [];
        ArrayBufferWriter<byte> frames = new();
        List<BatchHeader> batches = [];
        void Close()
        {
            byte[] packed = new byte[BrotliEncoder.GetMaxCompressedLength(frames.WrittenCount)];
            if (!BrotliEncoder.TryCompress(frames.WrittenSpan, packed, out int length, quality: 1, window: 18))
                throw new InvalidOperationException("a buffer of the largest size is too small");
            requests.Add((packed[..length], batches));
            frames.ResetWrittenCount();
            batches = [];
        }
        foreach (Batch batch in log.Read(segment))
        {
            BatchWriter.WriteTo(frames, batch.Header with { ArrivedAt = null }, batch.RecordBytes.Span, batch.Count);
            batches.Add(batch.Header);
            if (frames.WrittenCount >= RequestBytes)
                Close();
        }
        if (batches.Count > 0)
            Close();
        return requests;
    }
}
