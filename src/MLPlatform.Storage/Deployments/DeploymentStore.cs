using System.Text.Json;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Deployments;
using MLPlatform.Storage.Registry;
using MLPlatform.Storage.Sql;

namespace MLPlatform.Storage.Deployments;

internal sealed class DeploymentStore(Database database, DeploymentSignal signal, TimeProvider time) : IDeploymentStore
{
    private const string Champion = "champion";
    private const string Deployments = "SELECT name, revision, spec_json, changed_by, changed_at FROM deployments";

    public Task<Deployment?> FindAsync(string name, CancellationToken cancel) =>
        database.FirstAsync(Deployments + " WHERE name = $1", [name], ToDeployment, cancel);

    public async Task<IReadOnlyList<Deployment>> ListAsync(CancellationToken cancel) =>
        await database.ListAsync(Deployments + " ORDER BY name", [], ToDeployment, cancel);

    public async Task<Deployment?> CommitAsync(DeploymentCommit commit, CancellationToken cancel)
    {
        Deployment? made = await WriteAsync(commit, cancel);
        if (made is not null)
            signal.Tell(made.Name);
        return made;
    }

    private Task<Deployment?> WriteAsync(DeploymentCommit commit, CancellationToken cancel) => database.WriteAsync(async session =>
    {
        DateTimeOffset now = time.GetUtcNow();
        string spec = JsonSerializer.Serialize(commit.Spec, ActivityJson.Options);
        string? attempt = commit.Attempt?.ToString();
        // 1. An attempt that asks again gets what it made, even if others changed it since.
        if (attempt is not null && await session.ScalarAsync<long?>(
            "SELECT CAST(count(*) AS bigint) FROM deployment_changes WHERE name = $1 AND attempt = $2", [commit.Name, attempt], cancel) > 0
            && await session.FirstAsync(Deployments + " WHERE name = $1", [commit.Name], ToDeployment, cancel) is { } made)
            return made;
        // 2. Move it on from the revision that the change is based on, or not at all. A name that was deleted goes on counting.
        int moved = commit.BasedOn == 0
            ? await session.ExecuteAsync(
                "INSERT INTO deployments (name, revision, spec_json, changed_by, changed_at) "
                + "SELECT $1, 1 + coalesce(max(revision), 0), $2, $3, $4 FROM deployment_changes WHERE name = $1 ON CONFLICT (name) DO NOTHING",
                [commit.Name, spec, commit.By, now], cancel)
            : await session.ExecuteAsync(
                "UPDATE deployments SET revision = revision + 1, spec_json = $3, changed_by = $4, changed_at = $5 WHERE name = $1 AND revision = $2",
                [commit.Name, commit.BasedOn, spec, commit.By, now], cancel);
        if (moved == 0)
            return null;
        // 3. Say so, and let the registry's champion be the one that serves.
        await session.ExecuteAsync(
            "INSERT INTO deployment_changes (name, revision, action, changed_by, changed_at, reason, figures_json, spec_json, attempt) "
            + "SELECT name, revision, $2, $3, $4, $5, $6, $7, $8 FROM deployments WHERE name = $1",
            [commit.Name, commit.Action, commit.By, now, commit.Reason, commit.FiguresJson, spec, attempt], cancel);
        await ModelRegistry.SetAliasInTransactionAsync(session, commit.Spec.Model, Champion, commit.Spec.Champion, $"deployment {commit.Name}", now, cancel);
        return await session.FirstAsync(Deployments + " WHERE name = $1", [commit.Name], ToDeployment, cancel);
    }, cancel);

    public Task<bool> DeleteAsync(string name, string by, CancellationToken cancel) => database.WriteAsync(async session =>
    {
        DateTimeOffset now = time.GetUtcNow();
        await session.ExecuteAsync(
            "INSERT INTO deployment_changes (name, revision, action, changed_by, changed_at) SELECT name, revision + 1, 'delete', $2, $3 FROM deployments WHERE name = $1",
            [name, by, now], cancel);
        return await session.ExecuteAsync("DELETE FROM deployments WHERE name = $1", [name], cancel) > 0;
    }, cancel);

    public async Task<IReadOnlyList<DeploymentRevision>> ListHistoryAsync(string name, long? before, int limit, CancellationToken cancel) => await database.ListAsync(
        "SELECT id, name, revision, action, changed_by, changed_at, reason, figures_json, spec_json FROM deployment_changes "
        + "WHERE name = $1 AND id < $2 ORDER BY id DESC LIMIT $3", [name, before ?? long.MaxValue, limit], ToRevision, cancel);

    private static Deployment ToDeployment(SqlRow row) => new(row.Text(0), row.Int(1), Read(row.Text(2)), row.Text(3), row.Time(4));

    private static DeploymentRevision ToRevision(SqlRow row) => new(
        row.Long(0), row.Text(1), row.Int(2), row.Text(3), row.Text(4), row.Time(5), row.TextOrNull(6), row.TextOrNull(7),
        row.TextOrNull(8) is { } spec ? Read(spec) : null);

    private static DeploymentSpec Read(string json) => JsonSerializer.Deserialize<DeploymentSpec>(json, ActivityJson.Options)!;
}
