using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Bees;
using MLPlatform.Server.Problems;

namespace MLPlatform.Server.Bees.Relay;

/// <summary>Between agents and the server: takes batches as the server does, keeps them on its disk, and forwards them.</summary>
public sealed class RelayHost : IAsyncDisposable
{
    private const long RequestBytes = 64 << 20;
    private readonly RelaySettings _settings;
    private readonly RelaySpool _spool;
    private readonly RelayUpstream _upstream;
    private readonly Action<string> _tell;
    private readonly WebApplication _app;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<string, Lazy<Task>> _forwarding = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> _problems = new(StringComparer.Ordinal);

    private RelayHost(RelaySettings settings, Action<string> tell)
    {
        (_settings, _tell) = (settings, tell);
        _spool = new RelaySpool(settings.Folder, TimeProvider.System);
        _upstream = new RelayUpstream(settings);
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(settings.Listen).ConfigureKestrel(k => k.Limits.MaxRequestBodySize = RequestBytes);
        _app = builder.Build();
        _app.Use(CheckAsync);
        _app.MapPost("/api/v1/bees/batches", (HttpRequest request, CancellationToken cancel) => TakeAsync(request, cancel));
        _app.MapGet("/api/v1/bees/sources/{source}/channels", (string source, string? agent, CancellationToken cancel) => PositionsAsync(source, agent, cancel));
        _app.MapPut("/api/v1/bees/agents/{agent}", (string agent, HttpRequest request, CancellationToken cancel) => PassAsync(request, $"agents/{Uri.EscapeDataString(agent)}", cancel));
        _app.MapGet("/api/v1/bees/configs/{agent}", (string agent, HttpRequest request, CancellationToken cancel) => PassAsync(request, $"configs/{Uri.EscapeDataString(agent)}", cancel));
    }

    public string Address => _app.Urls.First();

    /// <param name="tell">Hears what a person should know, once when it begins and once when it is over.</param>
    /// <exception cref="IOException">The folder is taken or cannot be written, or the address is.</exception>
    public static async Task<RelayHost> StartAsync(RelaySettings settings, Action<string> tell, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(settings);
        RelayHost relay = new(settings, tell);
        foreach (string source in relay._spool.Sources)
            relay.Forward(source);
        await relay._app.StartAsync(cancel);
        return relay;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        await _stop.CancelAsync();
        foreach (Lazy<Task> forwarding in _forwarding.Values)
            await forwarding.Value.ContinueWith(static _ => { }, TaskScheduler.Default);
        await _spool.DisposeAsync();
        _upstream.Dispose();
        _stop.Dispose();
    }

    private void Forward(string source) => _ = _forwarding.GetOrAdd(source, name => new(() =>
        Task.Run(() => new RelayForwarder(_spool.Of(name), _upstream, TimeProvider.System, Tell).RunAsync(_stop.Token)))).Value;

    private void Tell(string source, string? problem)
    {
        if (problem is null)
        {
            if (_problems.TryRemove(source, out string? over))
                _tell($"over {source}: {over}");
        }
        else if (_problems.TryAdd(source, problem))
            _tell($"alarm {source}: {problem}");
    }

    // Read each time: whoever changes the token need not start the relay anew.
    private async Task CheckAsync(HttpContext context, RequestDelegate next)
    {
        if (_settings.AgentTokenFile is { } file)
        {
            byte[] wanted = Encoding.UTF8.GetBytes("Bearer " + (await File.ReadAllTextAsync(file, context.RequestAborted)).Trim());
            if (wanted.Length <= 7 || !CryptographicOperations.FixedTimeEquals(wanted, Encoding.UTF8.GetBytes(context.Request.Headers.Authorization.ToString())))
            {
                await Problem.Of(401, "API-005", "The token is missing or wrong.").ExecuteAsync(context);
                return;
            }
        }
        await next(context);
    }

    private async Task<IResult> TakeAsync(HttpRequest request, CancellationToken cancel)
    {
        (ReadOnlyMemory<byte> body, string? unreadable) = await BodyReader.ReadAsync(request, RequestBytes, cancel);
        if (unreadable is not null)
            return Problem.Of(400, "BEES-056", unreadable);
        (List<Batch> batches, string? code, string? problem) = Collector.Read(body);
        if (problem is not null)
            return Problem.Of(400, code!, problem);
        try
        {
            CollectorAnswer answer = await _spool.KeepAsync(batches, cancel);
            foreach (string source in batches.Select(b => b.Header.Source).Distinct(StringComparer.Ordinal))
                Forward(source);
            return Results.Json(answer, BeesJson.Default.CollectorAnswer);
        }
        catch (ActivityException refused)
        {
            return CollectorEndpoints.Refused(refused);
        }
    }

    private async Task<IResult> PositionsAsync(string source, string? agent, CancellationToken cancel)
    {
        if (BatchHeader.NameProblem("source", source) is { } wrong)
            return Problem.BadRequest(wrong);
        IReadOnlyList<Core.Bees.ChannelState> channels = _spool.Sources.Contains(source)
            ? await _spool.Of(source).ChannelsAsync(c => agent is null || c.Agent == agent, cancel) : [];
        return Results.Json(new ChannelPositions(TimeProvider.System.GetUtcNow(),
            [.. channels.Select(c => new ChannelPosition(c.Channel, c.Path, c.Durable, c.Agent, c.Ended))]), BeesJson.Default.ChannelPositions);
    }

    private async Task<IResult> PassAsync(HttpRequest request, string path, CancellationToken cancel)
    {
        (ReadOnlyMemory<byte> body, string? unreadable) = await BodyReader.ReadAsync(request, 1 << 20, cancel);
        if (unreadable is not null)
            return Problem.Of(400, "BEES-056", unreadable);
        try
        {
            using HttpResponseMessage response = await _upstream.SendAsync(
                new HttpMethod(request.Method), "api/v1/bees/" + path, body.Length == 0 ? null : body.ToArray(), "application/json", null, cancel);
            return Results.Text(await response.Content.ReadAsStringAsync(cancel), response.Content.Headers.ContentType?.MediaType ?? "application/json", Encoding.UTF8, (int)response.StatusCode);
        }
        catch (RelayException e)
        {
            return Problem.Of(502, e.Code, e.Message);
        }
    }
}
