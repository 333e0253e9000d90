using System.Buffers;
using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using MLPlatform.Core.Bees;

namespace MLPlatform.Bees.Sinks;

/// <summary>The platform's collector: it answers after the records are on its disk, and knows how far each channel is.</summary>
internal sealed class HttpSink(PlatformClient platform, string agent) : ISink
{
    private const int Quality = 1; // Faster than any disk, and logs shrink to a tenth.
    private const int WindowBits = 18; // A larger one costs a seventh more time and saves nothing on logs.
    private readonly ArrayBufferWriter<byte> _frames = new();
    private byte[] _packed = [];
    private byte[] _packing = [];

    public async Task<IReadOnlyDictionary<string, long>?> PositionsAsync(string source, IReadOnlyCollection<string> channels, CancellationToken cancel)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, $"api/v1/bees/sources/{source}/channels?agent={agent}");
        using HttpResponseMessage response = await platform.SendAsync(request, cancel);
        if (response.StatusCode == HttpStatusCode.NotFound)
            return null;
        ChannelPositions positions = await platform.ReadAsync(response, BeesJson.Default.ChannelPositions, cancel);
        HashSet<string> wanted = [.. channels];
        return positions.Channels.Where(c => wanted.Contains(c.Channel)).ToDictionary(c => c.Channel, c => c.Durable);
    }

    public Sending Prepare(IReadOnlyList<OutgoingBatch> batches)
    {
        _frames.ResetWrittenCount();
        foreach (OutgoingBatch batch in batches)
            batch.Records.WriteTo(_frames, batch.Header);
        ReadOnlyMemoryContent content = Pack();
        content.Headers.ContentType = new MediaTypeHeaderValue(BatchFormat.MediaType);
        return cancel => SendAsync(content, batches.Count, cancel);
    }

    public ValueTask DisposeAsync()
    {
        platform.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<IReadOnlyList<BatchAnswer>> SendAsync(HttpContent content, int batches, CancellationToken cancel)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, "api/v1/bees/batches") { Content = content };
        using HttpResponseMessage response = await platform.SendAsync(request, cancel);
        CollectorAnswer answer = await platform.ReadAsync(response, BeesJson.Default.CollectorAnswer, cancel);
        return answer.Batches.Count == batches ? answer.Batches
            : throw new SinkException("BEES-011", $"{platform.Address} answered {answer.Batches.Count} of {batches} batches: it is no collector of this version");
    }

    // What is on its way stays in its buffer; the next goes into the other one.
    private ReadOnlyMemoryContent Pack()
    {
        (_packed, _packing) = (_packing, _packed);
        int most = BrotliEncoder.GetMaxCompressedLength(_frames.WrittenCount);
        if (_packing.Length < most)
            _packing = new byte[most];
        if (!BrotliEncoder.TryCompress(_frames.WrittenSpan, _packing, out int length, Quality, WindowBits))
            return new ReadOnlyMemoryContent(_frames.WrittenSpan.ToArray());
        ReadOnlyMemoryContent content = new(_packing.AsMemory(0, length));
        content.Headers.ContentEncoding.Add("br");
        return content;
    }
}
