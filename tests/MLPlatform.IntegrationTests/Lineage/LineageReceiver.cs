using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace MLPlatform.IntegrationTests.Lineage;

/// <summary>A receiver of OpenLineage events on a free port of 127.0.0.1, independent of ours: it keeps what it takes.</summary>
internal sealed class LineageReceiver : IAsyncDisposable
{
    private readonly WebApplication _app;

    public LineageReceiver()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.MapPost("/api/v1/lineage", async (HttpContext context) =>
        {
            Tokens.Enqueue(context.Request.Headers.Authorization.ToString());
            using JsonDocument body = await JsonDocument.ParseAsync(context.Request.Body);
            if (Interlocked.Decrement(ref _refuse) >= 0)
                return Results.StatusCode(503);
            if (Interlocked.Decrement(ref _silent) >= 0)
                await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default); // Until the sender gives up.
            Events.Enqueue(body.RootElement.Clone());
            return Results.StatusCode(201);
        });
    }

    private int _refuse, _silent;

    public ConcurrentQueue<JsonElement> Events { get; } = [];
    public ConcurrentQueue<string> Tokens { get; } = [];
    public string Url => _app.Urls.First() + "/api/v1/lineage";

    /// <summary>Answers so many requests with 503.</summary>
    public void BeDown(int requests) => _refuse = requests;

    /// <summary>Does not answer so many requests at all.</summary>
    public void BeSilent(int requests) => _silent = requests;

    public Task StartAsync() => _app.StartAsync();

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
