using Microsoft.Data.Sqlite;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Scheduling.Budgets;
using MLPlatform.Core.Scheduling.Quotas;
using MLPlatform.Storage.Quotas;
using MLPlatform.Storage.Runs;
using MLPlatform.Storage.Sql;
using SQLitePCL;

namespace MLPlatform.Storage.Sqlite;

/// <summary>The hot commit on the writer's connection: prepared statements, one transaction, no ADO.NET in between.</summary>
internal sealed class SqliteCommit(sqlite3 connection) : IDisposable
{
    private readonly Dictionary<string, SqliteStatement> _prepared = [];

    /// <summary>Writes the batch in one transaction, or nothing of it.</summary>
    public void Write(ReplicaLease lease, JournalBatch batch)
    {
        Prepared("BEGIN IMMEDIATE").Run();
        try
        {
            if (!Prepared(CommitSql.CheckLease).Text(lease.Replica).Number(lease.Epoch).Run())
                throw new LeaseLostException(lease.Replica);
            WriteRuns(batch);
            WriteActivities(batch);
            WriteArtifacts(batch);
            WriteRest(batch);
            WriteConsumed(lease.Replica, batch);
            Prepared("COMMIT").Run();
        }
        catch
        {
            RollBack();
            throw;
        }
    }

    public void Dispose()
    {
        foreach (SqliteStatement statement in _prepared.Values)
            statement.Dispose();
    }

    private void WriteRuns(JournalBatch batch)
    {
        foreach (RunRow r in batch.Runs)
            Prepared(CommitSql.Run).Id(r.Id.Value).Text(r.Pipeline).Text(r.PlanHash).Text(StoredText.Of(r.Status)).Text(r.TriggerJson)
                .Time(r.LogicalDate).Text(r.ParametersJson).Time(r.CreatedAt).Time(r.EndedAt).Text(r.OutputsJson).Text(r.FailureJson)
                .Number(r.Counts.Total).Number(r.Counts.Succeeded).Number(r.Counts.Failed).Number(r.Counts.Skipped).Number(r.Counts.Running)
                .Text(r.Owner).Run();
        foreach (JournalEntry entry in batch.Journal)
            WriteEntry(entry);
    }

    private void WriteEntry(JournalEntry entry)
    {
        try
        {
            Prepared(CommitSql.Journal).Id(entry.Run.Value).Number(entry.Sequence).Blob(entry.Payload.Span).Run();
        }
        catch (SqliteException e) when (e.SqliteErrorCode == raw.SQLITE_CONSTRAINT)
        {
            throw new JournalConflictException(entry.Run, entry.Sequence, e);
        }
    }

    private void WriteActivities(JournalBatch batch)
    {
        foreach (ActivityRow a in batch.Activities)
            Prepared(CommitSql.Activity).Id(a.Run.Value).Number(a.Node).Text(a.Name).Text(a.Type).Text(StoredText.Of(a.Status))
                .Time(a.ReadyAt).Time(a.StartedAt).Time(a.EndedAt).Number(a.Attempts).Text(a.OutputsJson).Text(a.FailureJson).Text(a.Note).Run();
        foreach (AttemptRow a in batch.Attempts)
            Prepared(CommitSql.Attempt).Id(a.Id.Run.Value).Number(a.Id.Node).Number(a.Id.Number).Text(StoredText.Of(a.Status))
                .Time(a.StartedAt).Time(a.EndedAt).Text(a.FailureJson).Text(a.ExecutionJson).Run();
    }

    private void WriteArtifacts(JournalBatch batch)
    {
        foreach (ArtifactRow a in batch.Artifacts)
            Prepared(CommitSql.Artifact).Id(a.Run.Value).Number(a.Node).Number(a.Number).Text(a.Output).Text(a.Hash).Text(a.Kind)
                .Number(a.Bytes).Time(a.At).Run();
        foreach (ArtifactUseRow u in batch.Uses)
            Prepared(CommitSql.Use).Id(u.Run.Value).Number(u.Node).Number(u.Number).Text(u.Input).Text(u.Hash).Run();
    }

    private void WriteRest(JournalBatch batch)
    {
        foreach (MetricRow m in batch.Metrics)
            Prepared(CommitSql.Metric).Id(m.Run.Value).Number(m.Node).Number(m.Number).Text(m.Name).Number(m.Step).Real(m.Value).Time(m.At).Run();
        foreach (CacheRow c in batch.Cache)
            Prepared(CommitSql.Cache).Text(c.Key).Text(c.Pipeline).Text(c.Activity).Text(c.ComponentsJson).Text(c.OutputsJson).Text(c.Source)
                .Time(c.At).Run();
        foreach (Allocation a in batch.Allocations)
            Prepared(CommitSql.Allocation).Id(a.Id.Run.Value).Number(a.Id.Node).Number(a.Id.Number).Text(a.Replica).Text(a.Pool).Text(a.Machine).Text(a.Group)
                .Text(a.Person).Text(a.Pipeline).Number(a.Amount.MilliCpu).Number(a.Amount.MemoryBytes).Number(a.Amount.MilliGpu)
                .Text(DeviceShares.Text(a.Devices)).Number(a.Priority).Number(a.Preemptible ? 1 : 0).Number(a.Borrowed ? 1 : 0).Time(a.Since).Time(a.EndedAt).Run();
    }

    private void WriteConsumed(string replica, JournalBatch batch)
    {
        foreach (Consumption c in batch.Consumed.Rows)
            Prepared(CommitSql.Consumed).Number(c.Key.Month.Number).Text(c.Key.Group).Text(c.Key.Person).Text(replica).Number(c.GpuMicroseconds).Time(c.Since)
                .Real(c.Recent.CpuSeconds).Real(c.Recent.MemoryByteSeconds).Real(c.Recent.GpuSeconds).Run();
    }

    private SqliteStatement Prepared(string sql)
    {
        if (!_prepared.TryGetValue(sql, out SqliteStatement? statement))
            _prepared.Add(sql, statement = new SqliteStatement(connection, sql));
        return statement;
    }

    private void RollBack()
    {
        if (raw.sqlite3_get_autocommit(connection) == 0) // A full disk, for one, has rolled back already.
            Prepared("ROLLBACK").Run();
    }
}
