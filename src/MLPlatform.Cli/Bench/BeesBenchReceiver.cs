using System.IO.Compression;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using MLPlatform.Core.Bees;

namespace MLPlatform.Cli.Bench;

/// <summary>Takes what an agent sends, checks every frame, keeps nothing and acknowledges at once: what is left is the agent's own work.</summary>
internal sealed class BeesBenchReceiver : IAsyncDisposable
{
    private readonly WebApplication _app;
    private long _records;

    private BeesBenchReceiver(WebApplication app) => _app = app;

    public string Address => _app.Urls.First();

    public long Records => Interlocked.Read(ref _records);

    public static async Task<BeesBenchReceiver> StartAsync(CancellationToken cancel)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0").ConfigureKestrel(k => k.Limits.MaxRequestBodySize = null);
        BeesBenchReceiver receiver = new(builder.Build());
        receiver._app.MapPost("/api/v1/bees/batches", receiver.TakeAsync);
        receiver._app.MapPut("/api/v1/bees/agents/{agent}", () => Results.Json(new AgentReportAnswer(TimeProvider.System.GetUtcNow(), 0), BeesJson.Default.AgentReportAnswer));
        await receiver._app.StartAsync(cancel);
        return receiver;
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task<IResult> TakeAsync(HttpRequest request, CancellationToken cancel)
    {
        MemoryStream body = new();
        await using (Stream packed = request.Headers.ContentEncoding == "br" ? new BrotliStream(request.Body, CompressionMode.Decompress) : request.Body)
            await packed.CopyToAsync(body, cancel);
        List<BatchAnswer> answers = [];
        for (ReadOnlyMemory<byte> rest = body.GetBuffer().AsMemory(0, (int)body.Length); rest.Length > 0;)
        {
            if (BatchReading.Read(rest) is not BatchReading.Whole whole)
                return Results.BadRequest();
            BatchHeader header = whole.Batch.Header;
            Interlocked.Add(ref _records, whole.Batch.Count);
            answers.Add(new(header.Source, header.Channel, BatchOutcome.Stored, header.To));
            rest = rest[whole.Length..];
        }
        return Results.Json(new CollectorAnswer(TimeProvider.System.GetUtcNow(), answers), BeesJson.Default.CollectorAnswer);
    }
}
