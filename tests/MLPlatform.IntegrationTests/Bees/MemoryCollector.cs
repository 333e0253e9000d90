using System.Collections.Concurrent;
using System.IO.Compression;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using MLPlatform.Core.Bees;

namespace MLPlatform.IntegrationTests.Bees;

/// <summary>Speaks the collector's side of the wire and keeps records in memory, so that a test can break it at will.</summary>
internal sealed class MemoryCollector : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Dictionary<string, long> _durable = [];

    private MemoryCollector(WebApplication app) => _app = app;

    public string Address => _app.Urls.First();

    public HashSet<string> Sources { get; } = ["app"];

    public List<Arrived> Arrived { get; } = [];

    public ConcurrentQueue<AgentReport> Reports { get; } = [];

    /// <summary>So many requests are stored, and their answers lost on the way.</summary>
    public int LoseAnswers { get; set; }

    /// <summary>What every request must carry.</summary>
    public string? Token { get; set; }

    public static async Task<MemoryCollector> StartAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        MemoryCollector collector = new(builder.Build());
        collector._app.Use(collector.CheckAsync);
        collector._app.MapPost("/api/v1/bees/batches", collector.TakeAsync);
        collector._app.MapGet("/api/v1/bees/sources/{source}/channels", collector.Positions);
        collector._app.MapPut("/api/v1/bees/agents/{agent}", collector.Report);
        await collector._app.StartAsync();
        return collector;
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task CheckAsync(HttpContext context, RequestDelegate next)
    {
        if (Token is null || context.Request.Headers.Authorization == "Bearer " + Token)
            await next(context);
        else
            context.Response.StatusCode = 401;
    }

    private async Task<IResult> TakeAsync(HttpRequest request)
    {
        MemoryStream body = new();
        await using (BrotliStream packed = new(request.Body, CompressionMode.Decompress))
            await packed.CopyToAsync(body);
        List<BatchAnswer> answers = [];
        for (ReadOnlyMemory<byte> rest = body.ToArray(); rest.Length > 0;)
        {
            if (BatchReading.Read(rest) is not BatchReading.Whole whole)
                return Results.BadRequest();
            answers.Add(Keep(whole.Batch));
            rest = rest[whole.Length..];
        }
        if (LoseAnswers-- > 0)
            return Results.StatusCode(503);
        return Results.Json(new CollectorAnswer(DateTimeOffset.UnixEpoch, answers), BeesJson.Default.CollectorAnswer);
    }

    private BatchAnswer Keep(Batch batch)
    {
        BatchHeader header = batch.Header;
        if (!Sources.Contains(header.Source))
            return new(header.Source, header.Channel, BatchOutcome.Refused, 0, "BEES-053", "no such source");
        long? durable = _durable.TryGetValue(header.Channel, out long known) ? known : null;
        if (LandingRule.Decide(durable, false, header) is not LandingDecision.Append append)
            return new(header.Source, header.Channel, batch.Header.To <= known ? BatchOutcome.Duplicate : BatchOutcome.Hole, known);
        foreach (BatchRecord record in batch.Records)
        {
            if (record.Position >= append.From)
                Arrived.Add(new(header.Channel, record.Position, Encoding.UTF8.GetString(record.Bytes)));
        }
        _durable[header.Channel] = header.To;
        return new(header.Source, header.Channel, BatchOutcome.Stored, header.To);
    }

    private IResult Positions(string source, string agent) => !Sources.Contains(source) ? Results.NotFound()
        : Results.Json(new ChannelPositions(DateTimeOffset.UnixEpoch, [.. _durable.Select(d => new ChannelPosition(d.Key, null, d.Value, agent, false))]), BeesJson.Default.ChannelPositions);

    private async Task<IResult> Report(string agent, HttpRequest request)
    {
        Reports.Enqueue((await request.ReadFromJsonAsync(BeesJson.Default.AgentReport))!);
        return Results.Json(new AgentReportAnswer(DateTimeOffset.UnixEpoch, agent == "late" ? 3600 : 0), BeesJson.Default.AgentReportAnswer);
    }
}
