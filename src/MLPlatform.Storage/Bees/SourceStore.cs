using System.Text.Json;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Bees;
using MLPlatform.Core.Runs;
using MLPlatform.Storage.Sql;

namespace MLPlatform.Storage.Bees;

internal sealed class SourceStore(Database database, TimeProvider time) : ISourceStore
{
    private const string Sources = "SELECT definition_json, home, changed_by, updated_at FROM bees_sources";
    private const string Slices = "SELECT run, activity, pipeline, source, after_segment, through_segment, artifact_json, at FROM bees_slices";

    public Task PutAsync(SourceDefinition source, string by, CancellationToken cancel) => database.ExecuteAsync(
        "INSERT INTO bees_sources (name, definition_json, changed_by, updated_at) VALUES ($1, $2, $3, $4) "
        + "ON CONFLICT (name) DO UPDATE SET definition_json = excluded.definition_json, changed_by = excluded.changed_by, updated_at = excluded.updated_at",
        [source.Name, source.ToJson(), by, time.GetUtcNow()], cancel);

    public Task<SourceRow?> FindAsync(string name, CancellationToken cancel) => database.FirstAsync($"{Sources} WHERE name = $1", [name], ToSource, cancel);

    public async Task<IReadOnlyList<SourceRow>> ListAsync(CancellationToken cancel) => await database.ListAsync($"{Sources} ORDER BY name", [], ToSource, cancel);

    public async Task<bool> DeleteAsync(string name, CancellationToken cancel) =>
        await database.ExecuteAsync("DELETE FROM bees_sources WHERE name = $1", [name], cancel) > 0;

    public Task<string?> ClaimAsync(string name, string home, CancellationToken cancel) => database.WriteAsync(async session =>
    {
        await session.ExecuteAsync("UPDATE bees_sources SET home = $2 WHERE name = $1 AND home IS NULL", [name, home], cancel);
        return await session.ScalarAsync<string>("SELECT home FROM bees_sources WHERE name = $1", [name], cancel);
    }, cancel);

    public Task<SourceSlice?> FindSliceAsync(RunId run, string activity, CancellationToken cancel) =>
        database.FirstAsync($"{Slices} WHERE run = $1 AND activity = $2", [run.Value, activity], ToSlice, cancel);

    public Task<SourceSlice> PutSliceAsync(SourceSlice slice, CancellationToken cancel) => database.WriteAsync(async session =>
    {
        await session.ExecuteAsync(
            "INSERT INTO bees_slices (run, activity, pipeline, source, after_segment, through_segment, artifact_json, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) "
            + "ON CONFLICT (run, activity) DO NOTHING",
            [slice.Run.Value, slice.Activity, slice.Pipeline, slice.Source, slice.After, slice.Through, JsonSerializer.Serialize(slice.Artifact), slice.At], cancel);
        return (await session.FirstAsync($"{Slices} WHERE run = $1 AND activity = $2", [slice.Run.Value, slice.Activity], ToSlice, cancel))!;
    }, cancel);

    public Task<long> FindTakenAsync(string pipeline, string activity, string source, CancellationToken cancel) => database.ScalarAsync<long>(
        "SELECT s.through_segment FROM bees_slices s JOIN runs r ON r.id = s.run WHERE s.pipeline = $1 AND s.activity = $2 AND s.source = $3 AND r.status = 'succeeded' "
        + "ORDER BY s.through_segment DESC LIMIT 1", [pipeline, activity, source], cancel);

    public Task PutReportAsync(string agent, AgentReport report, DateTimeOffset at, CancellationToken cancel) => database.ExecuteAsync(
        "INSERT INTO bees_agents (agent, report_json, at) VALUES ($1, $2, $3) ON CONFLICT (agent) DO UPDATE SET report_json = excluded.report_json, at = excluded.at",
        [agent, JsonSerializer.Serialize(report, BeesJson.Default.AgentReport), at], cancel);

    public async Task<IReadOnlyList<AgentRow>> ListAgentsAsync(CancellationToken cancel) => await database.ListAsync(
        "SELECT agent, report_json, at FROM bees_agents ORDER BY agent", [],
        row => new AgentRow(row.Text(0), JsonSerializer.Deserialize(row.Text(1), BeesJson.Default.AgentReport)!, row.Time(2)), cancel);

    private static SourceRow ToSource(SqlRow row) => new(SourceDefinition.FromJson(row.Text(0)), row.TextOrNull(1), row.Text(2), row.Time(3));

    private static SourceSlice ToSlice(SqlRow row) => new(
        new RunId(row.Guid(0)), row.Text(1), row.Text(2), row.Text(3), row.Long(4), row.Long(5), JsonSerializer.Deserialize<ArtifactRef>(row.Text(6))!, row.Time(7));
}
