using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace MLPlatform.Core.Lineage.OpenLineage;

/// <summary>A dataset as OpenLineage names it.</summary>
public sealed record NamedDataset(string Namespace, string Name);

/// <summary>A facet about a dataset or a job.</summary>
/// <param name="Kind">dataset or job.</param>
/// <param name="Json">Null where it says that there is none any more.</param>
public sealed record ReceivedFacet(string Kind, NamedDataset Of, string Name, string? Json);

/// <summary>An OpenLineage event of any emitter, checked.</summary>
/// <param name="Id">The hash of what it says: the same event sent again is the same.</param>
/// <param name="Type">START, COMPLETE and so on; null for events about jobs and datasets alone.</param>
/// <param name="Job">Null for an event about a dataset alone.</param>
/// <param name="Json">The event as it came.</param>
public sealed record ReceivedEvent(
    string Id, DateTimeOffset At, string? Type, Guid? Run, NamedDataset? Job, IReadOnlyList<NamedDataset> Inputs, IReadOnlyList<NamedDataset> Outputs, string Producer, string Json)
{
    /// <summary>What it tells about its job and datasets.</summary>
    public IReadOnlyList<ReceivedFacet> Facets { get; private init; } = [];

    private static readonly string[] Types = ["START", "RUNNING", "COMPLETE", "ABORT", "FAIL", "OTHER"];

    /// <summary>The event, or all that is wrong with it by path.</summary>
    public static (ReceivedEvent? Event, IReadOnlyList<string> Problems) Read(JsonElement json)
    {
        List<string> problems = [];
        if (json.ValueKind != JsonValueKind.Object)
            return (null, ["$: an event is a JSON object"]);
        string time = Text(json, "eventTime", "$", problems), producer = Uri(json, "producer", problems);
        Uri(json, "schemaURL", problems);
        if (!DateTimeOffset.TryParse(time, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset at) && time.Length > 0)
            problems.Add("$.eventTime: it is no date and time of ISO 8601");
        Guid? run = null;
        bool isRun = json.TryGetProperty("run", out JsonElement runJson), isDataset = json.TryGetProperty("dataset", out JsonElement datasetJson);
        if (isRun && (!Guid.TryParse(Text(runJson, "runId", "$.run", problems), out Guid id) || (run = id) is null))
            problems.Add("$.run.runId: it is no UUID");
        string? type = json.TryGetProperty("eventType", out JsonElement typeJson) ? typeJson.ValueKind == JsonValueKind.String ? typeJson.GetString() : "" : null;
        if (type is not null && !Types.Contains(type))
            problems.Add($"$.eventType: it is one of {string.Join(", ", Types)}");
        NamedDataset? job = json.TryGetProperty("job", out JsonElement jobJson) ? Named(jobJson, "$.job", problems) : null;
        if (job is null && (isRun || !isDataset))
            problems.Add("$.job: it is missing");
        if (isDataset)
            Named(datasetJson, "$.dataset", problems);
        List<ReceivedFacet> facets = FacetReading.Read(json, problems);
        IReadOnlyList<NamedDataset> inputs = List(json, "inputs", problems), outputs = List(json, "outputs", problems);
        return problems.Count > 0 ? (null, problems) : (new ReceivedEvent(IdOf(json), at.ToUniversalTime(), type, run, job, inputs, outputs, producer, json.GetRawText()) { Facets = facets }, []);
    }

    private static IReadOnlyList<NamedDataset> List(JsonElement json, string name, List<string> problems)
    {
        if (!json.TryGetProperty(name, out JsonElement list) || list.ValueKind == JsonValueKind.Null)
            return [];
        if (list.ValueKind == JsonValueKind.Array)
            return [.. list.EnumerateArray().Select((item, i) => Named(item, $"$.{name}[{i}]", problems)).Distinct()];
        problems.Add($"$.{name}: it is a list");
        return [];
    }

    private static NamedDataset Named(JsonElement json, string path, List<string> problems) => new(Text(json, "namespace", path, problems), Text(json, "name", path, problems));

    private static string Uri(JsonElement json, string name, List<string> problems)
    {
        string text = Text(json, name, "$", problems);
        if (text.Length > 0 && !System.Uri.TryCreate(text, UriKind.Absolute, out _))
            problems.Add($"$.{name}: it is no absolute URI");
        return text;
    }

    private static string Text(JsonElement json, string name, string path, List<string> problems)
    {
        if (json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 and <= 4096 } text)
            return text;
        problems.Add($"{path}.{name}: a text of 1 to 4096 characters is missing");
        return "";
    }

    private static string IdOf(JsonElement json) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Canonical(json))));

    // Order of properties and white space do not make another event.
    private static string Canonical(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "{" + string.Join(",", value.EnumerateObject().OrderBy(p => p.Name, StringComparer.Ordinal).Select(p => JsonSerializer.Serialize(p.Name) + ":" + Canonical(p.Value))) + "}",
        JsonValueKind.Array => "[" + string.Join(",", value.EnumerateArray().Select(Canonical)) + "]",
        JsonValueKind.String => JsonSerializer.Serialize(value.GetString()),
        _ => value.GetRawText(),
    };
}
