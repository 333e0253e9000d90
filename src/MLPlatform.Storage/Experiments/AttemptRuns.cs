using System.Globalization;
using System.Text.Json;
using MLPlatform.Core.Experiments;
using MLPlatform.Core.Runs;
using MLPlatform.Storage.Lineage;
using MLPlatform.Storage.Sql;

namespace MLPlatform.Storage.Experiments;

/// <summary>
/// Runs of pipelines and their attempts as tracked runs: read from the rows that the journal writes, so that nothing is kept
/// twice. The experiment of a pipeline has the pipeline's name; an attempt's run lies within that of its pipeline's run.
/// </summary>
internal sealed class AttemptRuns(Database database)
{
    private const string Runs = "SELECT r.id, r.pipeline, r.status, r.parameters_json, r.created_at, r.ended_at, r.outputs_json, r.trigger_json, r.plan_hash FROM runs r";
    private const string Attempts =
        "SELECT a.run, a.node, a.number, a.status, a.started_at, a.ended_at, c.name, c.type, c.status, c.outputs_json, c.attempts FROM attempts a "
        + "JOIN activities c ON c.run = a.run AND c.node = a.node JOIN runs r ON r.id = a.run";

    // The last point of each metric, and no more: an attempt may have reported a hundred thousand.
    private const string Latest =
        "SELECT run, node, number, name, step, value, at FROM (SELECT m.run, m.node, m.number, m.name, m.step, m.value, m.at, "
        + "ROW_NUMBER() OVER (PARTITION BY m.run, m.node, m.number, m.name ORDER BY m.step DESC) AS place FROM metrics m JOIN runs r ON r.id = m.run WHERE ";

    private static readonly ILookup<AttemptId, MetricValue> NoMetrics = Enumerable.Empty<MetricValue>().ToLookup(_ => default(AttemptId));

    /// <summary>The tracked run of an attempt or of a pipeline's run; null where the id names neither.</summary>
    /// <param name="experimentOf">The experiment of a pipeline.</param>
    public async Task<TrackedRun?> FindAsync(string id, Func<string, Task<Experiment>> experimentOf, CancellationToken cancel)
    {
        Guid run;
        AttemptId? attempt = null;
        if (AttemptId.TryParse(id, out AttemptId parsed))
            (run, attempt) = (parsed.Run.Value, parsed);
        else if (!Guid.TryParseExact(id, "N", out run))
            return null;
        if (await database.FirstAsync(Runs + " WHERE r.id = $1", [run], ToOwner, cancel) is not { } owner)
            return null;
        if (attempt is { } wanted && await database.ScalarAsync<long>(
            "SELECT count(*) FROM attempts WHERE run = $1 AND node = $2 AND number = $3", [run, wanted.Node, wanted.Number], cancel) == 0)
            return null;
        Experiment experiment = await experimentOf(owner.Pipeline);
        if (attempt is null)
            return OfRun(owner, experiment);
        return (await OfAttemptsAsync(Attempts + " WHERE a.run = $1 AND a.node = $2 AND a.number = $3", "m.run = $1 AND m.node = $2 AND m.number = $3",
            [run, attempt.Value.Node, attempt.Value.Number], new Dictionary<Guid, Owner> { [run] = owner }, experiment, cancel)).FirstOrDefault();
    }

    /// <summary>The pipeline's runs, those of their attempts that reported metrics, and the attempts that are asked for.</summary>
    public async Task<List<TrackedRun>> ListAsync(Experiment experiment, IReadOnlyCollection<AttemptId> also, CancellationToken cancel)
    {
        Dictionary<Guid, Owner> owners = (await database.ListAsync(Runs + " WHERE r.pipeline = $1", [experiment.Name], ToOwner, cancel)).ToDictionary(o => o.Run);
        if (owners.Count == 0)
            return [];
        List<TrackedRun> found = await OfAttemptsAsync(
            Attempts + " WHERE r.pipeline = $1 AND EXISTS (SELECT 1 FROM metrics m WHERE m.run = a.run AND m.node = a.node AND m.number = a.number)",
            "r.pipeline = $1", [experiment.Name], owners, experiment, cancel);
        HashSet<AttemptId> seen = [.. found.Select(run => run.Attempt!.Value)];
        foreach (TrackedRun? run in await database.OfAttemptsAsync(Attempts, "a.", numbered: true, [.. also.Where(a => !seen.Contains(a))],
            row => OfAttempt(row, owners, NoMetrics, experiment), cancel))
        {
            if (run is not null)
                found.Add(run);
        }
        found.AddRange(owners.Values.Select(owner => OfRun(owner, experiment)));
        return found;
    }

    /// <summary>Points that an attempt reported by its own protocol.</summary>
    public Task<List<MetricValue>> HistoryAsync(AttemptId attempt, string metric, CancellationToken cancel) => database.ListAsync(
        "SELECT name, value, at, step FROM metrics WHERE run = $1 AND node = $2 AND number = $3 AND name = $4 ORDER BY step",
        [attempt.Run.Value, attempt.Node, attempt.Number, metric],
        row => new MetricValue(row.Text(0), row.Double(1), row.Time(2).ToUnixTimeMilliseconds(), row.Long(3)), cancel);

    /// <summary>Pipelines that have runs.</summary>
    public Task<List<string>> PipelinesAsync(CancellationToken cancel) =>
        database.ListAsync("SELECT DISTINCT pipeline FROM runs", [], row => row.Text(0), cancel);

    public async Task<bool> HasRunsAsync(string pipeline, CancellationToken cancel) =>
        await database.FirstAsync("SELECT pipeline FROM runs WHERE pipeline = $1 LIMIT 1", [pipeline], row => row.Text(0), cancel) is not null;

    private async Task<List<TrackedRun>> OfAttemptsAsync(
        string sql, string metricsOf, object?[] values, Dictionary<Guid, Owner> owners, Experiment experiment, CancellationToken cancel)
    {
        ILookup<AttemptId, MetricValue> metrics = (await database.ListAsync(Latest + metricsOf + ") p WHERE place = 1", values,
            row => (Attempt: new AttemptId(new RunId(row.Guid(0)), row.Int(1), row.Int(2)),
                Point: new MetricValue(row.Text(3), row.Double(5), row.Time(6).ToUnixTimeMilliseconds(), row.Long(4))), cancel)).ToLookup(m => m.Attempt, m => m.Point);
        List<TrackedRun> found = [];
        foreach (TrackedRun? run in await database.ListAsync(sql, values, row => OfAttempt(row, owners, metrics, experiment), cancel))
        {
            if (run is not null) // Its pipeline's run began a moment ago.
                found.Add(run);
        }
        return found;
    }

    private static TrackedRun? OfAttempt(SqlRow row, Dictionary<Guid, Owner> owners, ILookup<AttemptId, MetricValue> metrics, Experiment experiment)
    {
        if (!owners.TryGetValue(row.Guid(0), out Owner? owner))
            return null;
        AttemptId id = new(new RunId(row.Guid(0)), row.Int(1), row.Int(2));
        DateTimeOffset? ended = row.TimeOrNull(5);
        (string activity, string type) = (row.Text(6), row.Text(7));
        bool last = id.Number == row.Int(10);
        string outputs = last ? row.TextOrNull(9) ?? "{}" : "{}";
        return new TrackedRun
        {
            Id = id.ToString(),
            Experiment = experiment.Id,
            Name = id.Number == 1 ? activity : $"{activity} ({id.Number.ToString(CultureInfo.InvariantCulture)})",
            User = owner.User,
            Status = StoredText.Parse<AttemptStatus>(row.Text(3)) switch
            {
                AttemptStatus.Succeeded => TrackedState.Finished,
                AttemptStatus.Failed => last && row.Text(8) == "cancelled" ? TrackedState.Killed : TrackedState.Failed,
                _ => TrackedState.Running,
            },
            StartedMs = row.Time(4).ToUnixTimeMilliseconds(),
            EndedMs = ended?.ToUnixTimeMilliseconds(),
            Stage = experiment.Stage,
            ArtifactUri = experiment.ArtifactUriOf(id.ToString()),
            Parameters = owner.Parameters,
            Tags = new Dictionary<string, string>
            {
                ["mlflow.parentRunId"] = owner.Run.ToString("N"),
                ["mlflow.runName"] = activity,
                ["mlflow.source.name"] = owner.Pipeline,
                ["mlp.run"] = owner.Run.ToString("D"),
                ["mlp.activity"] = activity,
                ["mlp.type"] = type,
                ["mlp.plan"] = owner.Plan,
            },
            Metrics = Metrics(metrics[id], outputs, ended ?? row.Time(4)),
            Attempt = id,
        };
    }

    private static TrackedRun OfRun(Owner owner, Experiment experiment) => new()
    {
        Id = owner.Run.ToString("N"),
        Experiment = experiment.Id,
        Name = owner.Pipeline,
        User = owner.User,
        Status = owner.Status switch
        {
            RunStatus.Succeeded => TrackedState.Finished,
            RunStatus.Failed => TrackedState.Failed,
            RunStatus.Cancelled => TrackedState.Killed,
            _ => TrackedState.Running,
        },
        StartedMs = owner.Created.ToUnixTimeMilliseconds(),
        EndedMs = owner.Ended?.ToUnixTimeMilliseconds(),
        Stage = experiment.Stage,
        ArtifactUri = experiment.ArtifactUriOf(owner.Run.ToString("N")),
        Parameters = owner.Parameters,
        Tags = new Dictionary<string, string>(owner.Sweep)
        {
            ["mlflow.source.name"] = owner.Pipeline,
            ["mlp.run"] = owner.Run.ToString("D"),
            ["mlp.plan"] = owner.Plan,
        },
        Metrics = Metrics([], owner.Outputs, owner.Ended ?? owner.Created),
    };

    // Numbers among the outputs are results: they are shown as metrics, unless one of the name was reported.
    private static List<MetricValue> Metrics(IEnumerable<MetricValue> reported, string outputs, DateTimeOffset at)
    {
        List<MetricValue> metrics = [.. reported];
        foreach (JsonProperty output in JsonElement.Parse(outputs) is { ValueKind: JsonValueKind.Object } all ? all.EnumerateObject().ToArray() : [])
        {
            if (output.Value.ValueKind == JsonValueKind.Number && metrics.All(m => m.Name != output.Name))
                metrics.Add(new MetricValue(output.Name, output.Value.GetDouble(), at.ToUnixTimeMilliseconds(), 0));
        }
        return metrics;
    }

    private static Owner ToOwner(SqlRow row)
    {
        var trigger = JsonElement.Parse(row.Text(7));
        string Told(string name) => trigger.ValueKind == JsonValueKind.Object && trigger.TryGetProperty(name, out JsonElement value)
            ? value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText() : "";
        // Trials of a sweep are found, and compared, by its id.
        Dictionary<string, string> sweep = Told("type") == "sweep" ? new() { ["mlp.sweep"] = Told("sweep"), ["mlp.trial"] = Told("trial") } : [];
        return new(
            row.Guid(0), row.Text(1), StoredText.Parse<RunStatus>(row.Text(2)), Flat(row.Text(3)), row.Time(4), row.TimeOrNull(5), row.TextOrNull(6) ?? "{}",
            Told("by"), row.Text(8), sweep);
    }

    private static Dictionary<string, string> Flat(string json)
    {
        Dictionary<string, string> flat = new(StringComparer.Ordinal);
        foreach (JsonProperty parameter in JsonElement.Parse(json).EnumerateObject())
            flat[parameter.Name] = parameter.Value.ValueKind == JsonValueKind.String ? parameter.Value.GetString()! : parameter.Value.GetRawText();
        return flat;
    }

    private sealed record Owner(
        Guid Run, string Pipeline, RunStatus Status, IReadOnlyDictionary<string, string> Parameters, DateTimeOffset Created, DateTimeOffset? Ended, string Outputs, string User, string Plan,
        IReadOnlyDictionary<string, string> Sweep);
}
