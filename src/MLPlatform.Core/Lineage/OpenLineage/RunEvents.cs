using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using MLPlatform.Core.Datasets;
using MLPlatform.Core.Runs;

namespace MLPlatform.Core.Lineage.OpenLineage;

/// <summary>What an attempt read and made, as far as events tell it.</summary>
public sealed record AttemptData(string Activity, string Type, IReadOnlyList<DataFacts> Inputs, IReadOnlyList<DataFacts> Outputs)
{
    /// <summary>Where its code is from, and what it says.</summary>
    public JobCode Code { get; init; } = JobCode.None;
}

/// <summary>One input or output.</summary>
/// <param name="Name">A file's path, or what the artifact is called.</param>
/// <param name="Version">The dataset version that it is, or null.</param>
/// <param name="Hash">The artifact's content, or null for a file.</param>
/// <param name="Records">Records read of a file.</param>
public sealed record DataFacts(string? Namespace, string Name, DatasetVersion? Version, string? Hash, long? Records)
{
    /// <summary>The path of the input that it was given in; null for outputs and files.</summary>
    public string? Input { get; init; }

    /// <summary>Of an output, what its columns were made of; null where it is not known.</summary>
    public ColumnLineage? Columns { get; init; }

    /// <summary>Of an input, what checking it showed.</summary>
    public CheckFacts? Quality { get; init; }
}

/// <summary>
/// Makes OpenLineage events (2-0-2) from a run's journal. The same entry gives the same events, so that one sent again after a
/// crash can be known as the same.
/// </summary>
public sealed class RunEvents(string ns, string producer)
{
    private const string Spec = "https://openlineage.io/spec/";

    /// <summary>The UUID of an attempt, made from its id.</summary>
    public static Guid IdOf(AttemptId attempt)
    {
        byte[] bytes = SHA256.HashData(Encoding.UTF8.GetBytes(attempt.ToString()))[..16];
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x80); // Version 8: made by a rule of one's own.
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new Guid(bytes, bigEndian: true);
    }

    /// <summary>The event that an event of the journal stands for, or null.</summary>
    /// <param name="facts">Asked for attempts only.</param>
    /// <param name="code">Where the pipeline is from, and its file.</param>
    public JsonObject? Of(RunRow run, RunEvent happened, AttemptData? facts, JobCode code) => happened switch
    {
        RunEvent.Created e => RunLevel(run, e.At, "START", null, code),
        RunEvent.Rewound e => RunLevel(run, e.At, "RUNNING", null, code),
        RunEvent.Ended e => RunLevel(run, e.At, e.Status switch { RunStatus.Succeeded => "COMPLETE", RunStatus.Cancelled => "ABORT", _ => "FAIL" }, e.Failure, code),
        RunEvent.AttemptStarted e when facts is not null => AttemptLevel(run, new AttemptId(run.Id, e.Node, e.Number), e.At, "START", facts, null),
        RunEvent.AttemptEnded e when facts is not null => AttemptLevel(run, new AttemptId(run.Id, e.Node, e.Number), e.At,
            e.Failure is null ? "COMPLETE" : e.Failure.Kind == FailureKind.Cancelled ? "ABORT" : "FAIL", facts, e.Failure),
        _ => null,
    };

    private JsonObject RunLevel(RunRow run, DateTimeOffset at, string type, Failure? failure, JobCode code)
    {
        JsonObject facets = new() { ["nominalTime"] = Facet("1-0-1", "NominalTimeRunFacet", new() { ["nominalStartTime"] = Time(run.LogicalDate) }) };
        AddFailure(facets, failure);
        return Event(type, at, run.Id.Value, facets, run.Pipeline, "PIPELINE", code, [], []);
    }

    private JsonObject AttemptLevel(RunRow run, AttemptId attempt, DateTimeOffset at, string type, AttemptData facts, Failure? failure)
    {
        JsonObject facets = new()
        {
            ["parent"] = Facet("1-0-1", "ParentRunFacet", new()
            {
                ["run"] = new JsonObject { ["runId"] = run.Id.ToString() },
                ["job"] = new JsonObject { ["namespace"] = ns, ["name"] = run.Pipeline },
            }),
            ["nominalTime"] = Facet("1-0-1", "NominalTimeRunFacet", new() { ["nominalStartTime"] = Time(run.LogicalDate) }),
        };
        AddFailure(facets, failure);
        return Event(type, at, IdOf(attempt), facets, $"{run.Pipeline}.{facts.Activity}", facts.Type, facts.Code,
            [.. facts.Inputs.Select(Input)], type == "COMPLETE" ? [.. facts.Outputs.Select(o => Output(o, facts.Inputs))] : []);
    }

    private JsonObject Event(string type, DateTimeOffset at, Guid run, JsonObject facets, string job, string jobType, JobCode code, JsonArray inputs, JsonArray outputs) => new()
    {
        ["eventType"] = type,
        ["eventTime"] = Time(at),
        ["run"] = new JsonObject { ["runId"] = run.ToString(), ["facets"] = facets },
        ["job"] = new JsonObject
        {
            ["namespace"] = ns,
            ["name"] = job,
            ["facets"] = JobFacets(jobType, code),
        },
        ["inputs"] = inputs,
        ["outputs"] = outputs,
        ["producer"] = producer,
        ["schemaURL"] = Spec + "2-0-2/OpenLineage.json#/$defs/RunEvent",
    };

    private JsonObject JobFacets(string jobType, JobCode code)
    {
        JsonObject facets = new()
        {
            ["jobType"] = Facet("2-0-2", "JobTypeJobFacet", new() { ["processingType"] = "BATCH", ["integration"] = "MLPLATFORM", ["jobType"] = jobType }),
        };
        if (code.Location is { } place)
        {
            JsonObject location = new() { ["type"] = "git", ["url"] = code.Web, ["path"] = place.Path, ["version"] = place.Commit };
            if (place.Url is not null)
                location["repoUrl"] = place.Url;
            if (place.Branch is not null)
                location["branch"] = place.Branch;
            facets["sourceCodeLocation"] = Facet("1-0-1", "SourceCodeLocationJobFacet", location);
        }
        if (code.Text is { } text)
            facets[code.Language == "sql" ? "sql" : "sourceCode"] = code.Language == "sql"
                ? Facet("1-1-0", "SQLJobFacet", new() { ["query"] = text, ["dialect"] = "duckdb" })
                : Facet("1-0-1", "SourceCodeJobFacet", new() { ["language"] = code.Language, ["sourceCode"] = text });
        return facets;
    }

    private JsonObject Input(DataFacts data)
    {
        JsonObject facets = [];
        if (data.Quality is { } quality)
        {
            facets["dataQualityMetrics"] = Facet("1-0-2", "DataQualityMetricsInputDatasetFacet", quality.Metrics());
            facets["dataQualityAssertions"] = Facet("1-1-0", "DataQualityAssertionsDatasetFacet", quality.Assertions());
        }
        else if (data.Records is { } records)
            facets["dataQualityMetrics"] = Facet("1-0-2", "DataQualityMetricsInputDatasetFacet", new() { ["rowCount"] = records, ["columnMetrics"] = new JsonObject() });
        JsonObject dataset = Data(data);
        if (facets.Count > 0)
            dataset["inputFacets"] = facets;
        return dataset;
    }

    private JsonObject Output(DataFacts data, IReadOnlyList<DataFacts> inputs)
    {
        JsonObject dataset = Data(data);
        if (data.Columns is { } columns)
            dataset["facets"]!["columnLineage"] = Facet("1-2-0", "ColumnLineageDatasetFacet", new ColumnFacet(ns, inputs).Of(columns));
        if (data.Version is { } made)
            dataset["outputFacets"] = new JsonObject { ["outputStatistics"] = Facet("1-0-2", "OutputStatisticsOutputDatasetFacet", new() { ["rowCount"] = made.Rows, ["size"] = made.Artifact.Bytes }) };
        return dataset;
    }

    private JsonObject Data(DataFacts data)
    {
        JsonObject facets = new();
        if ((data.Version is { } v ? v.Version.ToString(System.Globalization.CultureInfo.InvariantCulture) : data.Hash) is { } version)
            facets["version"] = Facet("1-0-1", "DatasetVersionDatasetFacet", new() { ["datasetVersion"] = version });
        JsonObject[] fields = data.Version is { Columns: { Count: > 0 } columns } ? [.. columns.Select(c => new JsonObject { ["name"] = c.Name, ["type"] = c.Type })]
            : [.. data.Columns?.Columns.Select(c => new JsonObject { ["name"] = c.Name }) ?? []];
        if (fields.Length > 0)
            facets["schema"] = Facet("1-1-1", "SchemaDatasetFacet", new() { ["fields"] = new JsonArray([.. fields]) });
        return new() { ["namespace"] = data.Namespace ?? ns, ["name"] = data.Name, ["facets"] = facets };
    }

    private void AddFailure(JsonObject facets, Failure? failure)
    {
        if (failure is not null)
            facets["errorMessage"] = Facet("1-0-1", "ErrorMessageRunFacet", new() { ["message"] = $"{failure.Code} {failure.Message}", ["programmingLanguage"] = "unknown" });
    }

    private JsonObject Facet(string version, string name, JsonObject content)
    {
        content["_producer"] = producer;
        content["_schemaURL"] = $"{Spec}facets/{version}/{name}.json#/$defs/{name}";
        return content;
    }

    private static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", System.Globalization.CultureInfo.InvariantCulture);
}
