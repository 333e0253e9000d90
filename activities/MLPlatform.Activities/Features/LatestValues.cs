using System.Runtime.CompilerServices;
using System.Threading.Channels;
using DuckDB.NET.Native;
using MLPlatform.Activities.Tables;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Features;

namespace MLPlatform.Activities.Features;

/// <summary>What a table of feature values says was known of each entity at one instant.</summary>
internal sealed class LatestValues : IDisposable
{
    private const int BatchRows = 5000;
    private readonly DuckSession _session;
    private readonly FeatureTableFacts _facts;
    private readonly long _asOf;

    private LatestValues(DuckSession session, FeatureTableFacts facts, long asOf) => (_session, _facts, _asOf) = (session, facts, asOf);

    public DuckSession Session => _session;

    /// <param name="folder">An empty folder of the caller's.</param>
    public static async Task<LatestValues> OpenAsync(
        IArtifactStore artifacts, ArtifactRef table, FeatureTableFacts facts, DateTimeOffset asOf, string folder, CancellationToken cancel)
    {
        DuckSession session = DuckSession.Open(artifacts, folder, memory: 512L << 20, cores: 1);
        try
        {
            await session.AttachAsync("group0", table, cancel).ConfigureAwait(false);
            session.Seal();
            return new LatestValues(session, facts, (asOf - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond);
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    public long Count() => _session.Count($"SELECT count(*) FROM (SELECT DISTINCT {Keys} FROM group0 WHERE {Known})");

    /// <summary>The rows in batches, entity by entity; they are read on a thread of their own while the caller writes.</summary>
    public async IAsyncEnumerable<IReadOnlyList<OnlineRow>> RowsAsync([EnumeratorCancellation] CancellationToken cancel)
    {
        Channel<IReadOnlyList<OnlineRow>> batches = Channel.CreateBounded<IReadOnlyList<OnlineRow>>(4);
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        Task reading = Task.Run(() => Read(batches.Writer, stop.Token), CancellationToken.None);
        try
        {
            await foreach (IReadOnlyList<OnlineRow> batch in batches.Reader.ReadAllAsync(cancel).ConfigureAwait(false))
                yield return batch;
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // Its failure came through the channel.
        }
    }

    public void Dispose() => _session.Dispose();

    private string Keys => string.Join(", ", _facts.Group.Entity.Select(k => DuckSession.Name(k.Name)));

    private string Known => $"epoch_us({FeatureColumns.ArrivalTime}) <= {_asOf}";

    private void Read(ChannelWriter<IReadOnlyList<OnlineRow>> writer, CancellationToken cancel)
    {
        try
        {
            string features = string.Join(", ", _facts.Group.Features.Select(f => DuckSession.Name(f.Name)));
            using DuckQuery query = DuckQuery.Prepare(_session, $"""
                SELECT {Keys}, epoch_us({FeatureColumns.EventTime}), {features} FROM group0 WHERE {Known}
                QUALIFY row_number() OVER (PARTITION BY {Keys} ORDER BY {FeatureColumns.ArrivalTime} DESC) = 1
                """);
            List<OnlineRow> batch = [];
            query.Run(result =>
            {
                IReadOnlyList<TableColumn> columns = DuckVectors.Columns(ref result.Value);
                return chunk =>
                {
                    DuckVectors.Vector[] vectors = DuckVectors.Vectors(chunk, columns);
                    for (int row = 0; row < DuckVectors.Rows(chunk); row++)
                        batch.Add(Row(vectors, columns, row));
                    if (batch.Count >= BatchRows)
                        Send(writer, batch, cancel);
                };
            }, cancel);
            Send(writer, batch, cancel);
            writer.Complete();
        }
        catch (Exception problem)
        {
            writer.Complete(problem);
        }
    }

    private static void Send(ChannelWriter<IReadOnlyList<OnlineRow>> writer, List<OnlineRow> batch, CancellationToken cancel)
    {
        if (batch.Count > 0)
            writer.WriteAsync([.. batch], cancel).AsTask().GetAwaiter().GetResult();
        batch.Clear();
    }

    private OnlineRow Row(DuckVectors.Vector[] vectors, IReadOnlyList<TableColumn> columns, int row)
    {
        int keys = _facts.Group.Entity.Count;
        FeatureValue[] values = new FeatureValue[vectors.Length];
        for (int i = 0; i < values.Length; i++)
            values[i] = DuckVectors.Feature(vectors[i], row, columns[i].Type);
        return new OnlineRow(OnlineText.Of(values.AsSpan(0, keys)), values[keys].Bits, OnlineText.Of(values.AsSpan(keys + 1)));
    }
}
