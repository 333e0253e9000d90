using MLPlatform.Core.Runs;
using MLPlatform.Core.Scheduling.Budgets;
using MLPlatform.Core.Scheduling.Quotas;
using MLPlatform.Storage.Quotas;
using MLPlatform.Storage.Runs;
using MLPlatform.Storage.Sql;
using Npgsql;

namespace MLPlatform.Storage.Postgres;

/// <summary>
/// The hot commit: one round trip. The statements go as one batch, which PostgreSQL runs as one transaction that
/// commits at its end; the first checks the lease and raises where it was lost. Rows travel as one array per column.
/// </summary>
internal static class PostgresCommit
{
    /// <summary>Raised by the function <c>require_lease</c> of the first migration.</summary>
    public const string LeaseLost = "MLP01";

    private static readonly Table<RunRow> Runs = new Table<RunRow>(CommitSql.Run, r => r.Id)
        .Id(r => r.Id.Value).Text(r => r.Pipeline).Text(r => r.PlanHash).Text(r => StoredText.Of(r.Status)).Text(r => r.TriggerJson)
        .Time(r => r.LogicalDate).Text(r => r.ParametersJson).Time(r => r.CreatedAt).Time(r => r.EndedAt).Text(r => r.OutputsJson)
        .Text(r => r.FailureJson).Int(r => r.Counts.Total).Int(r => r.Counts.Succeeded).Int(r => r.Counts.Failed)
        .Int(r => r.Counts.Skipped).Int(r => r.Counts.Running).Text(r => r.Owner);

    // Entries are told apart even from an equal one in the same batch: a second one is a mistake, not news.
    private static readonly Table<JournalEntry> Journal = new Table<JournalEntry>(CommitSql.Journal, key: null)
        .Id(j => j.Run.Value).Long(j => j.Sequence).Blob(j => j.Payload);

    private static readonly Table<ActivityRow> Activities = new Table<ActivityRow>(CommitSql.Activity, a => (a.Run, a.Node))
        .Id(a => a.Run.Value).Int(a => a.Node).Text(a => a.Name).Text(a => a.Type).Text(a => StoredText.Of(a.Status))
        .Time(a => a.ReadyAt).Time(a => a.StartedAt).Time(a => a.EndedAt).Int(a => a.Attempts).Text(a => a.OutputsJson)
        .Text(a => a.FailureJson).Text(a => a.Note);

    private static readonly Table<AttemptRow> Attempts = new Table<AttemptRow>(CommitSql.Attempt, a => a.Id)
        .Id(a => a.Id.Run.Value).Int(a => a.Id.Node).Int(a => a.Id.Number).Text(a => StoredText.Of(a.Status)).Time(a => a.StartedAt)
        .Time(a => a.EndedAt).Text(a => a.FailureJson).Text(a => a.ExecutionJson);

    private static readonly Table<ArtifactRow> Artifacts = new Table<ArtifactRow>(CommitSql.Artifact, a => (a.Run, a.Node, a.Number, a.Output))
        .Id(a => a.Run.Value).Int(a => a.Node).Int(a => a.Number).Text(a => a.Output).Text(a => a.Hash).Text(a => a.Kind)
        .Long(a => a.Bytes).Time(a => a.At);

    private static readonly Table<ArtifactUseRow> Uses = new Table<ArtifactUseRow>(CommitSql.Use, u => u)
        .Id(u => u.Run.Value).Int(u => u.Node).Int(u => u.Number).Text(u => u.Input).Text(u => u.Hash);

    private static readonly Table<MetricRow> Metrics = new Table<MetricRow>(CommitSql.Metric, m => (m.Run, m.Node, m.Number, m.Name, m.Step))
        .Id(m => m.Run.Value).Int(m => m.Node).Int(m => m.Number).Text(m => m.Name).Long(m => m.Step).Real(m => m.Value).Time(m => m.At);

    private static readonly Table<CacheRow> Cache = new Table<CacheRow>(CommitSql.Cache, c => c.Key)
        .Text(c => c.Key).Text(c => c.Pipeline).Text(c => c.Activity).Text(c => c.ComponentsJson).Text(c => c.OutputsJson)
        .Text(c => c.Source).Time(c => c.At);

    private static readonly Table<(string Replica, Consumption Used)> Consumed = new Table<(string Replica, Consumption Used)>(CommitSql.Consumed, key: null)
        .Int(c => c.Used.Key.Month.Number).Text(c => c.Used.Key.Group).Text(c => c.Used.Key.Person).Text(c => c.Replica).Long(c => c.Used.GpuMicroseconds)
        .Time(c => c.Used.Since).Real(c => c.Used.Recent.CpuSeconds).Real(c => c.Used.Recent.MemoryByteSeconds).Real(c => c.Used.Recent.GpuSeconds);

    private static readonly Table<Allocation> Allocations = new Table<Allocation>(CommitSql.Allocation, a => a.Id)
        .Id(a => a.Id.Run.Value).Int(a => a.Id.Node).Int(a => a.Id.Number).Text(a => a.Replica).Text(a => a.Pool).Text(a => a.Machine).Text(a => a.Group)
        .Text(a => a.Person).Text(a => a.Pipeline).Long(a => a.Amount.MilliCpu).Long(a => a.Amount.MemoryBytes).Long(a => a.Amount.MilliGpu)
        .Text(a => DeviceShares.Text(a.Devices)).Int(a => a.Priority).Bool(a => a.Preemptible).Bool(a => a.Borrowed).Time(a => a.Since).Time(a => a.EndedAt);

    public static async Task WriteAsync(NpgsqlDataSource source, ReplicaLease lease, JournalBatch batch, CancellationToken cancel)
    {
        await using NpgsqlBatch statements = source.CreateBatch();
        NpgsqlBatchCommand check = new("SELECT require_lease($1, $2)");
        check.Parameters.Add(new NpgsqlParameter<string> { TypedValue = lease.Replica });
        check.Parameters.Add(new NpgsqlParameter<long> { TypedValue = lease.Epoch });
        statements.BatchCommands.Add(check);
        Runs.Add(statements, batch.Runs);
        Journal.Add(statements, batch.Journal);
        Activities.Add(statements, batch.Activities);
        Attempts.Add(statements, batch.Attempts);
        Artifacts.Add(statements, batch.Artifacts);
        Uses.Add(statements, batch.Uses);
        Metrics.Add(statements, batch.Metrics);
        Cache.Add(statements, batch.Cache);
        Consumed.Add(statements, [.. batch.Consumed.Rows.Select(c => (lease.Replica, c))]);
        Allocations.Add(statements, [.. batch.Allocations.InLockOrder()]);
        try
        {
            await statements.ExecuteNonQueryAsync(cancel);
        }
        catch (PostgresException e) when (e.SqlState == LeaseLost)
        {
            throw new LeaseLostException(lease.Replica);
        }
        catch (PostgresException e) when (e is { SqlState: PostgresErrorCodes.UniqueViolation, TableName: "journal" })
        {
            throw new JournalConflictException(null, null, e);
        }
    }
}
