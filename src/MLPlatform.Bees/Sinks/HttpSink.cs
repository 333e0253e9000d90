using System.Net;
using System.Net.Http.Headers;
using MLPlatform.Core.Bees;

namespace MLPlatform.Bees.Sinks;

/// <summary>The platform's collector: it answers after the records are on its disk, and knows how far each channel is.</summary>
internal sealed class HttpSink(PlatformClient platform, string agent) : ISink
{
    private PackedFrames _packed = new();
    private PackedFrames _packing = new();

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
        // What is on its way stays in its buffer; the next goes into the other one.
        (_packed, _packing) = (_packing, _packed);
        ReadOnlyMemoryContent content = new(_packing.Pack(batches));
        content.Headers.ContentType = new MediaTypeHeaderValue(BatchFormat.MediaType);
        content.Headers.ContentEncoding.Add(PackedFrames.Encoding);
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
}
