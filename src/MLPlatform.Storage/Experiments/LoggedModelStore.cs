using MLPlatform.Core.Experiments;
using MLPlatform.Storage.Sql;

namespace MLPlatform.Storage.Experiments;

internal sealed class LoggedModelStore(Database database, TimeProvider time) : ILoggedModelStore
{
    public async Task PutAsync(LoggedModel model, CancellationToken cancel) => await database.ExecuteAsync(
        "INSERT INTO logged_models (id, experiment, json, at) VALUES ($1, $2, $3, $4)", [model.Id, model.Experiment, model.Json, time.GetUtcNow()], cancel);

    public Task<LoggedModel?> FindAsync(string id, CancellationToken cancel) =>
        database.FirstAsync("SELECT id, experiment, json FROM logged_models WHERE id = $1", [id], ToModel, cancel);

    public async Task<IReadOnlyList<LoggedModel>> ListAsync(IReadOnlyCollection<long> experiments, CancellationToken cancel)
    {
        List<LoggedModel> found = [];
        foreach (long experiment in experiments.Distinct())
            found.AddRange(await database.ListAsync("SELECT id, experiment, json FROM logged_models WHERE experiment = $1 ORDER BY at DESC, id", [experiment], ToModel, cancel));
        return found;
    }

    public Task<LoggedModel> ChangeAsync(string id, Func<string, string> change, CancellationToken cancel) => database.WriteAsync(async session =>
    {
        LoggedModel model = await session.FirstAsync($"SELECT id, experiment, json FROM logged_models WHERE id = $1{database.ForUpdate}", [id], ToModel, cancel)
            ?? throw new TrackingException(TrackingRefusal.Missing, "TRACK-002", $"There is no logged model '{id}'.");
        LoggedModel changed = model with { Json = change(model.Json) };
        await session.ExecuteAsync("UPDATE logged_models SET json = $2 WHERE id = $1", [id, changed.Json], cancel);
        return changed;
    }, cancel);

    private static LoggedModel ToModel(SqlRow row) => new(row.Text(0), row.Long(1), row.Text(2));
}
