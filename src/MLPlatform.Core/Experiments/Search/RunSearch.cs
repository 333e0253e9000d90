using System.Text;
using System.Text.Json;

namespace MLPlatform.Core.Experiments.Search;

/// <summary>Filters, orders and pages tracked runs.</summary>
public static class RunSearch
{
    private static readonly HashSet<string> Numbers = new(StringComparer.Ordinal) { "start_time", "end_time", "created" };
    private static readonly HashSet<string> Attributes = new(StringComparer.Ordinal)
    {
        "run_id", "run_name", "status", "user_id", "artifact_uri", "start_time", "end_time", "created", "experiment_id", "lifecycle_stage",
    };

    /// <summary>The runs that meet the filter, in order: as asked, then the youngest first, then by id.</summary>
    public static List<TrackedRun> Select(IEnumerable<TrackedRun> runs, string? filter, IReadOnlyList<string> orders)
    {
        IReadOnlyList<FilterCondition> conditions = [.. FilterParser.Conditions(filter, Numbers).Select(c => c with { Key = Known(c.Key) })];
        (FilterKey Key, bool Descending)[] by = [.. orders.Select(FilterParser.Order).Select(o => (Known(o.Key), o.Descending))];
        List<TrackedRun> found = [.. runs.Where(run => conditions.All(c => Holds(run, c)))];
        if (found.Count < 2)
            return found;
        // Fields are read once for each run, not once for each comparison.
        SortField[][] fields = [.. found.Select(run => by.Select(o => FieldOf(run, o.Key)).ToArray())];
        int[] order = [.. Enumerable.Range(0, found.Count)];
        Array.Sort(order, (a, b) =>
        {
            for (int i = 0; i < by.Length; i++)
            {
                int compared = fields[a][i].CompareTo(fields[b][i], by[i].Descending);
                if (compared != 0)
                    return compared;
            }
            int age = found[b].StartedMs.CompareTo(found[a].StartedMs);
            return age != 0 ? age : string.CompareOrdinal(found[a].Id, found[b].Id);
        });
        return [.. order.Select(i => found[i])];
    }

    private static FilterKey Known(FilterKey key)
    {
        if (key.Entity != FilterEntity.Attribute)
            return key;
        string name = key.Name.ToLowerInvariant() switch
        {
            "run id" => "run_id",
            "run name" => "run_name",
            "created" or "start time" => "start_time",
            "end time" => "end_time",
            string other => other,
        };
        return Attributes.Contains(name) ? key with { Name = name } : throw new TrackingException(TrackingRefusal.Invalid, "TRACK-005",
            $"A run has no attribute '{key.Name}'. It has {string.Join(", ", Attributes.Order(StringComparer.Ordinal))}; metrics, params and tags are written with their kind before a dot.");
    }

    private static bool Holds(TrackedRun run, FilterCondition condition) => condition.Key.Entity switch
    {
        FilterEntity.Metric => condition.Holds(run.Metric(condition.Key.Name)),
        FilterEntity.Parameter => condition.Holds(run.Parameters.GetValueOrDefault(condition.Key.Name)),
        FilterEntity.Tag => condition.Holds(TagOf(run, condition.Key.Name)),
        FilterEntity.Dataset => DatasetsOf(run, condition.Key.Name).Any(condition.Holds),
        _ when Numbers.Contains(condition.Key.Name) => condition.Holds(NumberOf(run, condition.Key.Name)),
        _ => condition.Holds(TextOf(run, condition.Key.Name)),
    };

    private static SortField FieldOf(TrackedRun run, FilterKey key) => key.Entity switch
    {
        FilterEntity.Metric => new SortField(run.Metric(key.Name), null),
        FilterEntity.Parameter => new SortField(null, run.Parameters.GetValueOrDefault(key.Name)),
        FilterEntity.Tag => new SortField(null, TagOf(run, key.Name)),
        _ when Numbers.Contains(key.Name) => new SortField(NumberOf(run, key.Name), null),
        _ => new SortField(null, TextOf(run, key.Name)),
    };

    private static double? NumberOf(TrackedRun run, string name) => name == "end_time" ? run.EndedMs : run.StartedMs;

    private static string? TextOf(TrackedRun run, string name) => name switch
    {
        "run_id" => run.Id,
        "run_name" => run.Name,
        "status" => run.Status.ToString().ToUpperInvariant(),
        "user_id" => run.User,
        "artifact_uri" => run.ArtifactUri,
        "experiment_id" => run.Experiment.ToString(System.Globalization.CultureInfo.InvariantCulture),
        "lifecycle_stage" => run.Stage == Lifecycle.Active ? "active" : "deleted",
        _ => null,
    };

    // A run's name is a tag, too, for clients that look there.
    private static string? TagOf(TrackedRun run, string name) => run.Tags.GetValueOrDefault(name) ?? (name == "mlflow.runName" ? run.Name : null);

    // Clients log what they like: what does not have the shape of a dataset is none.
    private static IEnumerable<string?> DatasetsOf(TrackedRun run, string name)
    {
        if (run.InputsJson is null)
            yield break;
        foreach (JsonElement input in ItemsOf(JsonElement.Parse(run.InputsJson), "dataset_inputs"))
        {
            if (name != "context")
            {
                if (Member(input, "dataset") is { } dataset && Member(dataset, name) is { } value)
                    yield return TextOf(value);
                continue;
            }
            foreach (JsonElement tag in ItemsOf(input, "tags"))
            {
                if (Member(tag, "key") is { } key && TextOf(key) == "mlflow.data.context" && Member(tag, "value") is { } context)
                    yield return TextOf(context);
            }
        }
    }

    private static JsonElement? Member(JsonElement of, string name) =>
        of.ValueKind == JsonValueKind.Object && of.TryGetProperty(name, out JsonElement value) ? value : null;

    private static JsonElement[] ItemsOf(JsonElement of, string name) =>
        Member(of, name) is { ValueKind: JsonValueKind.Array } list ? [.. list.EnumerateArray()] : [];

    private static string? TextOf(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    /// <summary>What runs are ordered by; a missing one comes last, not-a-number before it.</summary>
    private readonly record struct SortField(double? Number, string? Text)
    {
        private int Class => Number is null && Text is null ? 2 : Number is double.NaN ? 1 : 0;

        public int CompareTo(SortField other, bool descending)
        {
            int classes = Class.CompareTo(other.Class);
            if (classes != 0 || Class > 0)
                return classes;
            int compared = Number is { } number ? number.CompareTo(other.Number) : string.CompareOrdinal(Text, other.Text);
            return descending ? -compared : compared;
        }
    }
}

/// <summary>A part of a result, and where the next one begins.</summary>
public sealed record SearchPage<T>(IReadOnlyList<T> Items, string? Next);

/// <summary>Where a page begins, as opaque text.</summary>
public static class PageToken
{
    /// <summary>The page that begins at the token; null or empty for the first one.</summary>
    public static SearchPage<T> PageOf<T>(IReadOnlyList<T> all, string? token, int limit)
    {
        int skip = Read(token);
        List<T> items = [.. all.Skip(skip).Take(limit)];
        return new SearchPage<T>(items, skip + items.Count < all.Count && items.Count > 0 ? Write(skip + items.Count) : null);
    }

    public static string Write(int skip) => Convert.ToBase64String(Encoding.UTF8.GetBytes($$"""{"offset":{{skip.ToString(System.Globalization.CultureInfo.InvariantCulture)}}}"""));

    public static int Read(string? token)
    {
        if (string.IsNullOrEmpty(token))
            return 0;
        try
        {
            int skip = JsonElement.Parse(Convert.FromBase64String(token)).GetProperty("offset").GetInt32();
            if (skip >= 0)
                return skip;
        }
        catch (Exception e) when (e is FormatException or JsonException or InvalidOperationException or KeyNotFoundException)
        {
            // Told below.
        }
        throw new TrackingException(TrackingRefusal.Invalid, "TRACK-007", "The page token is not one of this server's; begin again without one.");
    }
}
