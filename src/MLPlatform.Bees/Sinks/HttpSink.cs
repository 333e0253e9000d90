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
    private const int WindowBits = 20;
    private readonly ArrayBufferWriter<byte> _frames = new();
    private byte[] _packed = [];

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

    public async Task<IReadOnlyList<BatchAnswer>> SendAsync(IReadOnlyList<OutgoingBatch> batches, CancellationToken cancel)
    {
        _frames.ResetWrittenCount();
        foreach (OutgoingBatch batch in batches)
            batch.Records.WriteTo(_frames, batch.Header);
        using HttpRequestMessage request = new(HttpMethod.Post, "api/v1/bees/batches") { Content = Pack() };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(BatchFormat.MediaType);
        using HttpResponseMessage response = await platform.SendAsync(request, cancel);
        CollectorAnswer answer = await platform.ReadAsync(response, BeesJson.Default.CollectorAnswer, cancel);
        return answer.Batches.Count == batches.Count ? answer.Batches
            : throw new SinkException("BEES-011", $"{platform.Address} answered {answer.Batches.Count} of {batches.Count} batches: it is no collector of this version");
    }

    public ValueTask DisposeAsync()
    {
        platform.Dispose();
        return ValueTask.CompletedTask;
    }

    private ReadOnlyMemoryContent Pack()
    {
        int most = BrotliEncoder.GetMaxCompressedLength(_frames.WrittenCount);
        if (_packed.Length < most)
            _packed = new byte[most];
        if (!BrotliEncoder.TryCompress(_frames.WrittenSpan, _packed, out int length, Quality, WindowBits))
            return new ReadOnlyMemoryContent(_frames.WrittenMemory);
        ReadOnlyMemoryContent content = new(_packed.AsMemory(0, length));
        content.Headers.ContentEncoding.Add("br");
        return content;
    }
}
