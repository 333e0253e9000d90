using System.Buffers;
using System.Threading.Channels;
using Microsoft.Extensions.Options;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Bees;
using MLPlatform.Core.Deployments;
using MLPlatform.Storage.Bees;
using MLPlatform.Vlps;
using MLPlatform.Vlps.Models;
using MLPlatform.Vlps.Rows;

namespace MLPlatform.Server.Deployments;

/// <summary>
/// Keeps what was answered, behind the answers: a bounded queue, one writer, many rows a sync. Shadows score here too. A stop
/// writes what waits before it ends; what does not fit into the queue is lost, counted and told.
/// </summary>
internal sealed partial class ImpressionLog(
    LandingLogs logs, ISourceStore sources, ServingWindows windows, IOptions<ServingOptions> options, TimeProvider time, ILogger<ImpressionLog> log) : IImpressions, IHostedService, IDisposable
{
    private const int MostRows = 20_000;
    private const int MostBytes = 8 << 20;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly Channel<ScoredRequest> _queue = Channel.CreateUnbounded<ScoredRequest>(new UnboundedChannelOptions { SingleReader = true });
    private readonly CancellationTokenSource _stopping = new();
    private Task _writing = Task.CompletedTask;
    private long _rows;
    private long _lost;

    /// <summary>Rows that wait.</summary>
    public long Waiting => Interlocked.Read(ref _rows);

    /// <summary>Rows that were lost since the start.</summary>
    public long Lost => Interlocked.Read(ref _lost);

    public void Add(ScoredRequest request)
    {
        int rows = request.Scores.Length;
        if (Interlocked.Add(ref _rows, rows) <= options.Value.WaitingRows && _queue.Writer.TryWrite(request))
            return;
        Interlocked.Add(ref _rows, -rows);
        request.Served.Dispose();
        if (Interlocked.Add(ref _lost, rows) == rows)
            LogLost(log, options.Value.WaitingRows);
    }

    public void Fail(ServedDeployment served, int version, DateTimeOffset at, TimeSpan took) => _ = windows.WithAsync(served.Deployment, window =>
    {
        window.Ask(version, at, failed: true, took);
        return true;
    }).AsTask();

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _writing = Task.Run(WriteAsync, CancellationToken.None);
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _queue.Writer.TryComplete();
        await _stopping.CancelAsync(); // No more waiting for a disk that is full.
        await _writing;
        if (Lost > 0)
            LogLostAtEnd(log, Lost);
    }

    public void Dispose() => _stopping.Dispose();

    private async Task WriteAsync()
    {
        List<ScoredRequest> taken = [];
        while (await _queue.Reader.WaitToReadAsync())
        {
            taken.Clear();
            for (int rows = 0; rows < MostRows && _queue.Reader.TryRead(out ScoredRequest? request); rows += request.Scores.Length)
                taken.Add(request);
            foreach (IGrouping<string, ScoredRequest> group in taken.GroupBy(r => r.Served.Deployment.Name, StringComparer.Ordinal))
            {
                List<ScoredRequest> requests = [.. group];
                int rows = requests.Sum(r => r.Scores.Length);
                if (!await TryKeepAsync(group.Key, requests))
                    Interlocked.Add(ref _lost, rows);
                requests.ForEach(r => r.Served.Dispose());
                Interlocked.Add(ref _rows, -rows);
            }
        }
    }

    private async Task<bool> TryKeepAsync(string deployment, List<ScoredRequest> requests)
    {
        string source = ServingSources.ImpressionsOf(deployment);
        List<byte[]> records = [];
        List<SeenImpression> seen = [];
        List<ScoredRequest> gathered = [.. requests.Where(r => TryGather(r, records, seen))];
        if (gathered.Count == 0)
            return true;
        bool counted = false;
        while (true)
        {
            try
            {
                await ServingSources.EnsureAsync(sources, source, $"What the deployment {deployment} answered.", CancellationToken.None);
                if (await logs.FindAsync(source, CancellationToken.None) is not { } landing)
                    continue; // It was taken off the list this moment.
                if (!counted)
                {
                    await windows.WithAsync(requests[^1].Served.Deployment, w => Count(w, gathered, seen));
                    counted = true;
                }
                foreach (List<byte[]> part in Parts(records))
                    await landing.AppendAsync(index => [Batch(source, index.Find(source)?.Durable ?? 0, part)], null, CancellationToken.None);
                return true;
            }
            catch (Exception e) // Whatever it is, the log lives on: it is tried again, and told.
            {
                LogRefused(log, deployment, e.Message);
                if (_stopping.IsCancellationRequested)
                    return false;
                await Task.Delay(Patience, time, _stopping.Token).ContinueWith(_ => { }, TaskScheduler.Default);
            }
        }
    }

    private static bool Count(ServingWindow window, List<ScoredRequest> requests, List<SeenImpression> seen)
    {
        foreach (ScoredRequest request in requests)
        {
            window.Ask(request.Route.Version, request.At, failed: !request.Scores.All(float.IsFinite), request.Took);
            foreach (Column column in request.Batch.Columns) // Of all rows: what is asked, not what the model likes.
                window.Read(request.Route.Version, request.At, column.Name, BinsOf(column));
        }
        seen.ForEach(window.Show); // What a window that was read back this moment holds already counts once.
        return true;
    }

    private static byte[] BinsOf(Column column)
    {
        byte[] bins = new byte[column.Count];
        for (int row = 0; row < bins.Length; row++)
        {
            bins[row] = !column.IsPresent(row) ? ColumnBins.Missing : column.Kind switch
            {
                ColumnKind.Text => ColumnBins.Of(column.Text(row)),
                ColumnKind.Whole => ColumnBins.Of(column.Whole(row)),
                ColumnKind.Boolean => ColumnBins.Of(column.Whole(row) != 0),
                _ => column.TryNumber(row, out double value) ? ColumnBins.Of(value) : ColumnBins.Missing,
            };
        }
        return bins;
    }

    /// <summary>False where the request cannot be written down: it is lost alone, and counted.</summary>
    private bool TryGather(ScoredRequest request, List<byte[]> records, List<SeenImpression> seen)
    {
        List<byte[]> own = [];
        List<SeenImpression> shown = [];
        try
        {
            Gather(request, own, shown);
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException) // A kept row may hold what is no text.
        {
            Interlocked.Add(ref _lost, request.Scores.Length);
            LogUnreadable(log, request.RequestId, request.Served.Deployment.Name, e.Message);
            return false;
        }
        records.AddRange(own);
        seen.AddRange(shown);
        return true;
    }

    private void Gather(ScoredRequest request, List<byte[]> records, List<SeenImpression> seen)
    {
        ArrayBufferWriter<byte> buffer = new(512);
        void Write(ShownRow row, int version, ServingRole role, float score, ulong hash, string item)
        {
            buffer.ResetWrittenCount();
            ImpressionRecord.Write(buffer, request, row, version, role, score, hash, item);
            records.Add(buffer.WrittenSpan.ToArray());
        }
        List<(ShownRow Row, string Item)> shown = [.. request.Impressions().Select(s => (s, request.Item(s.Row)))];
        foreach ((ShownRow row, string item) in shown)
        {
            Write(row, request.Route.Version, request.Route.Role, request.Scores[row.Row], request.Hashes[row.Row], item);
            seen.Add(new SeenImpression(JoinKey.Of(request.RequestId, item), request.Route.Version, request.Scores[row.Row], request.At));
        }
        foreach (int shadow in request.Route.Shadows)
        {
            if (request.Served.Find(shadow) is not { } model || TryScore(model, request, shadow) is not { } scored)
                continue;
            foreach ((ShownRow row, string item) in shown)
            {
                Write(row, shadow, ServingRole.Shadow, scored.Scores[row.Row], scored.Hashes[row.Row], item);
                seen.Add(new SeenImpression(JoinKey.Of(request.RequestId, item), shadow, scored.Scores[row.Row], request.At, Shadow: true));
            }
        }
    }

    private (float[] Scores, ulong[] Hashes)? TryScore(ModelFolder model, ScoredRequest request, int version)
    {
        float[] scores = new float[request.Scores.Length];
        ulong[] hashes = new ulong[scores.Length];
        try
        {
            model.Score(request.Rows is null ? request.Batch : ColumnBatch.FromJson(model.Columns, request.Rows), scores, hashes);
            return (scores, hashes);
        }
        catch (VlpsException e)
        {
            LogShadow(log, version, request.Served.Deployment.Name, e.Message);
            return null;
        }
    }

    private static IEnumerable<List<byte[]>> Parts(List<byte[]> records)
    {
        List<byte[]> part = [];
        int bytes = 0;
        foreach (byte[] record in records)
        {
            part.Add(record);
            if ((bytes += record.Length) < MostBytes)
                continue;
            yield return part;
            (part, bytes) = ([], 0);
        }
        if (part.Count > 0)
            yield return part;
    }

    private Batch Batch(string source, long from, List<byte[]> records)
    {
        BatchWriter writer = new();
        writer.Start(from);
        for (int i = 0; i < records.Count; i++)
            writer.Add(from + i, records[i]);
        BatchHeader header = new() { Agent = "serving", Source = source, Channel = source, From = from, To = from + records.Count, ReadAt = time.GetUtcNow() };
        return new Batch(header, writer.RecordBytes.ToArray(), writer.Count);
    }

    [LoggerMessage(7010, LogLevel.Error, "SERVE-010 impressions are lost: {Limit} rows wait to be logged already")]
    private static partial void LogLost(ILogger log, int limit);

    [LoggerMessage(7011, LogLevel.Error, "SERVE-010 {Rows} impressions were lost since the start")]
    private static partial void LogLostAtEnd(ILogger log, long rows);

    [LoggerMessage(7012, LogLevel.Error, "Impressions of {Deployment} could not be kept, trying again: {Why}")]
    private static partial void LogRefused(ILogger log, string deployment, string why);

    [LoggerMessage(7014, LogLevel.Error, "SERVE-013 Impressions of the request {Request} of {Deployment} are lost, since they cannot be written down: {Why}")]
    private static partial void LogUnreadable(ILogger log, string request, string deployment, string why);

    [LoggerMessage(7013, LogLevel.Warning, "The shadow version {Version} of {Deployment} could not score: {Why}")]
    private static partial void LogShadow(ILogger log, int version, string deployment, string why);
}
