using System.Text.Json;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Workspaces;
using MLPlatform.Storage.Sql;

namespace MLPlatform.Storage.Workspaces;

internal sealed class WorkspaceStore(Database database) : IWorkspaceStore
{
    private const string Workspaces = "SELECT id, name, owner, owner_group, settings_json, created_at, documents_json, revision, state_json FROM workspaces";

    public async Task<bool> AddAsync(Workspace w, CancellationToken cancel) => await database.ExecuteAsync(
        "INSERT INTO workspaces (id, name, owner, owner_group, settings_json, documents_json, created_at, revision, status, state_json) VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8, $9) "
        + "ON CONFLICT DO NOTHING",
        [w.Id.Value, w.Name, w.Owner, w.Group, JsonSerializer.Serialize(w.Settings, ActivityJson.Options), Json(w.Documents), w.CreatedAt, Status(w.State), Json(w.State)], cancel) > 0;

    public Task<Workspace?> FindAsync(WorkspaceId id, CancellationToken cancel) => database.FirstAsync($"{Workspaces} WHERE id = $1", [id.Value], ToWorkspace, cancel);

    public async Task<IReadOnlyList<Workspace>> ListAsync(string? owner, CancellationToken cancel) => owner is null
        ? await database.ListAsync($"{Workspaces} ORDER BY created_at DESC, id DESC", [], ToWorkspace, cancel)
        : await database.ListAsync($"{Workspaces} WHERE owner = $1 ORDER BY created_at DESC, id DESC", [owner], ToWorkspace, cancel);

    public async Task<IReadOnlyList<Workspace>> ListLiveAsync(CancellationToken cancel) =>
        await database.ListAsync($"{Workspaces} WHERE status <> 'stopped' ORDER BY created_at, id", [], ToWorkspace, cancel);

    public async Task<bool> CommitAsync(Workspace seen, WorkspaceState state, IReadOnlyList<OpenDocument> documents, CancellationToken cancel) => await database.ExecuteAsync(
        "UPDATE workspaces SET revision = revision + 1, status = $3, state_json = $4, documents_json = $5 WHERE id = $1 AND revision = $2",
        [seen.Id.Value, seen.Revision, Status(state), Json(state), Json(documents)], cancel) > 0;

    public async Task<bool> RemoveAsync(Workspace seen, CancellationToken cancel) =>
        await database.ExecuteAsync("DELETE FROM workspaces WHERE id = $1 AND revision = $2", [seen.Id.Value, seen.Revision], cancel) > 0;

    private static string Status(WorkspaceState state) => state.GetType().Name.ToLowerInvariant();

    private static string Json(WorkspaceState state) => JsonSerializer.Serialize(state, ActivityJson.Options);

    private static string Json(IReadOnlyList<OpenDocument> documents) => JsonSerializer.Serialize(documents, ActivityJson.Options);

    private static Workspace ToWorkspace(SqlRow row) => new(
        new WorkspaceId(row.Guid(0)), row.Text(1), row.Text(2), row.Text(3), JsonSerializer.Deserialize<WorkspaceSettings>(row.Text(4), ActivityJson.Options)!, row.Time(5),
        JsonSerializer.Deserialize<List<OpenDocument>>(row.Text(6), ActivityJson.Options)!, row.Long(7), JsonSerializer.Deserialize<WorkspaceState>(row.Text(8), ActivityJson.Options)!);
}
