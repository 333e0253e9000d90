using System.Buffers;
using System.Threading.Channels;
using Microsoft.Extensions.Options;
using MLPlatform.Core.Deployments;
using MLPlatform.Vlps;
using MLPlatform.Vlps.Rows;

namespace MLPlatform.Server.Deployments;

/// <summary>
/// Keeps what was answered, behind the answers: a bounded queue, one writer, many rows a sync. Shadows score here too. A stop
/// writes what waits before it ends; what does not fit into the queue is lost, counted and told.
/// </summary>
internal sealed partial class ImpressionLog(
    IImpressionSink sink, IOptions<ServingOptions> options, TimeProvider time, ILogger<ImpressionLog> log) : IImpressions, IHostedService, IDisposable
{
    private const int MostRows = 20_000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly Channel<AnsweredRequest> _queue = Channel.CreateUnbounded<AnsweredRequest>(new UnboundedChannelOptions { SingleReader = true });
    private readonly CancellationTokenSource _stopping = new();
    private Task _writing = Task.CompletedTask;
    private long _rows;
    private long _lost;

    /// <summary>Rows that wait.</summary>
    public long Waiting => Interlocked.Read(ref _rows);

    /// <summary>Rows that were lost since the start.</summary>
    public long Lost => Interlocked.Read(ref _lost);

    public void Add(AnsweredRequest request)
    {
        int rows = request.Size;
        if (Interlocked.Add(ref _rows, rows) <= options.Value.WaitingRows && _queue.Writer.TryWrite(request))
            return;
        Interlocked.Add(ref _rows, -rows);
        request.Served.Dispose();
        if (Interlocked.Add(ref _lost, rows) == rows)
            LogLost(log, options.Value.WaitingRows);
    }

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
        List<AnsweredRequest> taken = [];
        while (await _queue.Reader.WaitToReadAsync())
        {
            taken.Clear();
            for (int rows = 0; rows < MostRows && _queue.Reader.TryRead(out AnsweredRequest? request); rows += request.Size)
                taken.Add(request);
            foreach (IGrouping<string, AnsweredRequest> group in taken.GroupBy(r => r.Served.Deployment.Name, StringComparer.Ordinal))
            {
                List<AnsweredRequest> requests = [.. group];
                int rows = requests.Sum(r => r.Size);
                if (!await TryKeepAsync(requests))
                    Interlocked.Add(ref _lost, rows);
                requests.ForEach(r => r.Served.Dispose());
                Interlocked.Add(ref _rows, -rows);
            }
        }
    }

    private async Task<bool> TryKeepAsync(List<AnsweredRequest> requests)
    {
        GatheredImpressions gathered = Gather(requests);
        while (true)
        {
            try
            {
                await sink.KeepAsync(gathered, CancellationToken.None);
                return true;
            }
            catch (Exception e) // Whatever it is, the log lives on: it is tried again, and told.
            {
                LogRefused(log, gathered.Deployment.Name, e.Message);
                if (_stopping.IsCancellationRequested)
                    return false;
                await Task.Delay(Patience, time, _stopping.Token).ContinueWith(_ => { }, TaskScheduler.Default);
            }
        }
    }

    private GatheredImpressions Gather(List<AnsweredRequest> requests)
    {
        List<byte[]> records = [];
        List<SeenImpression> seen = [];
        AskedCounts asked = new();
        foreach (AnsweredRequest request in requests)
        {
            if (!request.Failed && !TryGather(request, records, seen))
                continue;
            asked.Ask(request.Route.Version, request.At, request.Failed || !request.IsFinite, request.Took);
            foreach (Column column in request.Failed ? [] : request.Batch.Columns) // Of all rows: what is asked, not what the model likes.
                asked.Read(request.Route.Version, request.At, column.Name, BinsOf(column));
        }
        return new GatheredImpressions(requests[^1].Served.Deployment, records, seen, asked);
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
    private bool TryGather(AnsweredRequest request, List<byte[]> records, List<SeenImpression> seen)
    {
        List<byte[]> own = [];
        List<SeenImpression> shown = [];
        try
        {
            Gather(request, own, shown);
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException) // A kept row may hold what is no text.
        {
            Interlocked.Add(ref _lost, request.Size);
            LogUnreadable(log, request.RequestId, request.Served.Deployment.Name, e.Message);
            return false;
        }
        records.AddRange(own);
        seen.AddRange(shown);
        return true;
    }

    private void Gather(AnsweredRequest request, List<byte[]> records, List<SeenImpression> seen)
    {
        ArrayBufferWriter<byte> buffer = new(512);
        void Keep(IEnumerable<Impression> impressions, int version, ServingRole role)
        {
            foreach (Impression impression in impressions)
            {
                buffer.ResetWrittenCount();
                ImpressionRecord.Write(buffer, request, impression, version, role);
                records.Add(buffer.WrittenSpan.ToArray());
                seen.Add(impression.ToSeen(version, request.At, role == ServingRole.Shadow));
            }
        }
        Keep(request.Impressions(), request.Route.Version, request.Route.Role);
        foreach (int shadow in request.Route.Shadows)
            Keep(TryAsk(shadow, request), shadow, ServingRole.Shadow);
    }

    private IEnumerable<Impression> TryAsk(int shadow, AnsweredRequest request)
    {
        try
        {
            return request.Served.Find(shadow) is { } model ? request.ImpressionsOf(model) : [];
        }
        catch (VlpsException e)
        {
            LogShadow(log, shadow, request.Served.Deployment.Name, e.Message);
            return [];
        }
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
