using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace MLPlatform.IntegrationTests.Alarms;

/// <summary>What one request brought.</summary>
internal sealed record Received(string Path, string Query, string? Signature, string? Authorization, byte[] Bytes)
{
    public JsonElement Body => JsonElement.Parse(Bytes);
}

/// <summary>Every chat service at once, on a free port of 127.0.0.1: it keeps what it takes and answers as they do.</summary>
internal sealed class ChannelReceiver : IAsyncDisposable
{
    private readonly WebApplication _app;
    private int _refuse;
    private volatile TaskCompletionSource? _hold;

    public ChannelReceiver()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.Run(async context =>
        {
            using MemoryStream body = new();
            await context.Request.Body.CopyToAsync(body);
            if (Interlocked.Decrement(ref _refuse) >= 0)
            {
                context.Response.StatusCode = 503;
                return;
            }
            All.Enqueue(new Received(
                context.Request.Path, context.Request.QueryString.Value ?? "", context.Request.Headers["X-MLPlatform-Signature-256"], context.Request.Headers.Authorization, body.ToArray()));
            Arrived.Release();
            if (_hold is { } hold)
                await hold.Task.WaitAsync(context.RequestAborted);
            // A robot that does not know the signature answers 200 all the same.
            await context.Response.WriteAsync(context.Request.Path.Value!.Contains("wrong", StringComparison.Ordinal)
                ? """{"errcode":310000,"errmsg":"sign not match"}""" : """{"errcode":0,"errmsg":"ok","code":0}""");
        });
    }

    public ConcurrentQueue<Received> All { get; } = [];

    public SemaphoreSlim Arrived { get; } = new(0);

    public string Address => _app.Urls.First();

    public Task StartAsync() => _app.StartAsync();

    /// <summary>Answers so many requests with 503.</summary>
    public void BeDown(int requests) => _refuse = requests;

    /// <summary>Takes requests, and answers none of them before it is told to.</summary>
    public void Hold() => _hold = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Answers what was held, and what comes.</summary>
    public void Release()
    {
        TaskCompletionSource? held = _hold;
        _hold = null;
        held?.SetResult();
    }

    /// <summary>The first that comes, or has come, and passes.</summary>
    public async Task<Received> NextAsync(Func<Received, bool> wanted, CancellationToken cancel)
    {
        using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        deadline.CancelAfter(Eventually.Patience);
        while (true)
        {
            if (All.FirstOrDefault(wanted) is { } found)
                return found;
            await Arrived.WaitAsync(deadline.Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        Arrived.Dispose();
    }
}
