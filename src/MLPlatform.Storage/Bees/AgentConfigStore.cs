using MLPlatform.Core.Bees;
using MLPlatform.Storage.Sql;

namespace MLPlatform.Storage.Bees;

internal sealed class AgentConfigStore(Database database, TimeProvider time) : IAgentConfigStore
{
    private const string Configs = "SELECT agent, version, config_json, changed_by, at FROM bees_configs";

    public async Task<AgentConfigRow> PutAsync(string agent, string json, string by, CancellationToken cancel)
    {
        while (true)
        {
            AgentConfigRow? latest = await FindAsync(agent, null, cancel);
            if (latest?.Json == json)
                return latest;
            AgentConfigRow next = new(agent, (latest?.Version ?? 0) + 1, json, by, time.GetUtcNow());
            // Of several at the same moment one is first; the others come after it.
            if (await database.ExecuteAsync("INSERT INTO bees_configs (agent, version, config_json, changed_by, at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (agent, version) DO NOTHING",
                [agent, next.Version, json, by, next.At], cancel) > 0)
                return next;
        }
    }

    public Task<AgentConfigRow?> FindAsync(string agent, int? version, CancellationToken cancel) => version is { } exactly
        ? database.FirstAsync($"{Configs} WHERE agent = $1 AND version = $2", [agent, exactly], ToRow, cancel)
        : database.FirstAsync($"{Configs} WHERE agent = $1 ORDER BY version DESC LIMIT 1", [agent], ToRow, cancel);

    public async Task<IReadOnlyList<AgentConfigRow>> ListAsync(CancellationToken cancel) => await database.ListAsync(
        $"{Configs} c WHERE version = (SELECT max(version) FROM bees_configs l WHERE l.agent = c.agent) ORDER BY agent", [], ToRow, cancel);

    private static AgentConfigRow ToRow(SqlRow row) => new(row.Text(0), (int)row.Long(1), row.Text(2), row.Text(3), row.Time(4));
}
