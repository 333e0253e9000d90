namespace MLPlatform.Storage.Runs;

/// <summary>
/// The statements of the hot commit. SQLite runs each once a row; PostgreSQL once a batch, with
/// <c>VALUES (…)</c> replaced by <c>SELECT * FROM unnest(…)</c>.
/// </summary>
internal static class CommitSql
{
    public const string CheckLease = "SELECT 1 FROM replicas WHERE id = ? AND epoch = ?";

    public static readonly string Run = Upsert("runs", keys: 1,
        "id", "pipeline", "plan_hash", "status", "trigger_json", "logical_date", "parameters_json", "created_at", "ended_at", "outputs_json",
        "failure_json", "total", "succeeded", "failed", "skipped", "running", "owner");

    // No ON CONFLICT: an entry that is there already is another replica's, or a mistake, and must not pass.
    public const string Journal = "INSERT INTO journal (run, sequence, payload) VALUES (?, ?, ?)";

    public static readonly string Activity = Upsert("activities", keys: 2,
        "run", "node", "name", "type", "status", "ready_at", "started_at", "ended_at", "attempts", "outputs_json", "failure_json", "note");

    public static readonly string Attempt = Upsert("attempts", keys: 3,
        "run", "node", "number", "status", "started_at", "ended_at", "failure_json", "execution_json");

    public static readonly string Artifact = Upsert("artifacts", keys: 4, "run", "node", "number", "output", "hash", "kind", "bytes", "at");

    public static readonly string Use = Upsert("artifact_uses", keys: 5, "run", "node", "number", "input", "hash");

    public static readonly string Metric = Upsert("metrics", keys: 5, "run", "node", "number", "name", "step", "value", "at");

    public static readonly string Cache = Upsert("cache", keys: 1, "key", "pipeline", "activity", "components_json", "outputs_json", "source", "at");

    /// <summary>Adds to the replica's own row. The journal's entries of the same batch make sure that it happens once.</summary>
    public const string Consumed =
        "INSERT INTO consumption (month, group_name, person, replica, gpu_microseconds, since, recent_cpu, recent_memory, recent_gpu) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
        + " ON CONFLICT (month, group_name, person, replica) DO UPDATE SET gpu_microseconds = consumption.gpu_microseconds + excluded.gpu_microseconds,"
        + " since = CASE WHEN excluded.since < consumption.since THEN excluded.since ELSE consumption.since END,"
        + " recent_cpu = consumption.recent_cpu + excluded.recent_cpu, recent_memory = consumption.recent_memory + excluded.recent_memory,"
        + " recent_gpu = consumption.recent_gpu + excluded.recent_gpu";
    public static readonly string Allocation = Upsert("allocations", keys: 3, "run", "node", "number", "replica", "pool", "machine", "group_name", "person", "pipeline",
        "milli_cpu", "memory_bytes", "milli_gpu", "devices", "priority", "preemptible", "borrowed", "since", "ended_at");

    /// <summary>The same statement with arrays as its rows.</summary>
    public static string FromArrays(string sql, params string[] arrayTypes)
    {
        int start = sql.IndexOf(" VALUES (", StringComparison.Ordinal);
        int end = sql.IndexOf(')', start) + 1;
        string arrays = string.Join(", ", arrayTypes.Select((type, i) => $"${i + 1}::{type}[]"));
        return $"{sql[..start]} SELECT * FROM unnest({arrays}){sql[end..]}";
    }

    private static string Upsert(string table, int keys, params string[] columns)
    {
        string sets = string.Join(", ", columns.Skip(keys).Select(c => $"{c} = excluded.{c}"));
        return $"INSERT INTO {table} ({string.Join(", ", columns)}) VALUES ({string.Join(", ", columns.Select(_ => "?"))})"
            + $" ON CONFLICT ({string.Join(", ", columns.Take(keys))}) DO " + (sets.Length == 0 ? "NOTHING" : "UPDATE SET " + sets);
    }
}
