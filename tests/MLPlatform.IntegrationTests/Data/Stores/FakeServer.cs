using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace MLPlatform.IntegrationTests.Data.Stores;

/// <summary>When a fake breaks its connection to the client.</summary>
internal enum Fault
{
    None,

    /// <summary>Before anything was done.</summary>
    Before,

    /// <summary>After it was done, so that the client does not hear of it.</summary>
    After,

    /// <summary>In the middle of the answer.</summary>
    Middle,
}

/// <summary>An HTTP server on 127.0.0.1 and a free port that can be told to break at a request.</summary>
internal abstract class FakeServer : IAsyncDisposable
{
    private WebApplication? _app;
    private int _requests;

    public string Address { get; private set; } = "";

    /// <summary>Which request, counted from 1, breaks how.</summary>
    public Func<int, Fault> Faults { get; set; } = _ => Fault.None;

    public int Requests => _requests;

    public List<string> Log { get; } = [];

    /// <summary>Counts requests from 1 again.</summary>
    public void Restart() => _requests = 0;

    public async Task StartAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0").ConfigureKestrel(o => o.Limits.MaxRequestBodySize = null);
        _app = builder.Build();
        _app.Run(HandleAsync);
        await _app.StartAsync();
        Address = _app.Urls.Single();
    }

    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
            await _app.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected abstract Task AnswerAsync(HttpContext context, string path, string query);

    private async Task HandleAsync(HttpContext context)
    {
        int number = Interlocked.Increment(ref _requests);
        string target = context.Features.Get<IHttpRequestFeature>()!.RawTarget;
        lock (Log)
            Log.Add($"{context.Request.Method} {target}");
        Fault fault = Faults(number);
        if (fault == Fault.Before)
        {
            context.Abort();
            return;
        }
        Stream client = context.Response.Body;
        using MemoryStream held = new();
        if (fault != Fault.None)
            context.Response.Body = held;
        int cut = target.IndexOf('?', StringComparison.Ordinal);
        await AnswerAsync(context, cut < 0 ? target : target[..cut], cut < 0 ? "" : target[(cut + 1)..]);
        if (fault == Fault.Middle && held.Length > 1)
        {
            await client.WriteAsync(held.GetBuffer().AsMemory(0, (int)held.Length / 2));
            await client.FlushAsync();
        }
        if (fault != Fault.None)
            context.Abort();
    }
}
