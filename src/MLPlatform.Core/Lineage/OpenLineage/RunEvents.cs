using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using MLPlatform.Core.Datasets;
using MLPlatform.Core.Runs;

namespace MLPlatform.Core.Lineage.OpenLineage;

/// <summary>What an attempt read and made, as far as events tell it.</summary>
public sealed record AttemptData(string Activity, string Type, IReadOnlyList<DataFacts> Inputs, IReadOnlyList<DataFacts> Outputs);

/// <summary>One input or output.</summary>
/// <param name="Name">A file's path, or what the artifact is called.</param>
/// <param name="Version">The dataset version that it is, or null.</param>
/// <param name="Hash">The artifact's content, or null for a file.</param>
/// <param name="Records">Records read of a file.</param>
public sealed record DataFacts(string? Namespace, string Name, DatasetVersion? Version, string? Hash, long? Records);

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
    public JsonObject? Of(RunRow run, RunEvent happened, AttemptData? facts) => happened switch
    {
        RunEvent.Created e => RunLevel(run, e.At, "START", null),
        RunEvent.Rewound e => RunLevel(run, e.At, "RUNNING", null),
        RunEvent.Ended e => RunLevel(run, e.At, e.Status switch { RunStatus.Succeeded => "COMPLETE", RunStatus.Cancelled => "ABORT", _ => "FAIL" }, e.Failure),
        RunEvent.AttemptStarted e when facts is not null => AttemptLevel(run, new AttemptId(run.Id, e.Node, e.Number), e.At, "START", facts, null),
        RunEvent.AttemptEnded e when facts is not null => AttemptLevel(run, new AttemptId(run.Id, e.Node, e.Number), e.At,
            e.Failure is null ? "COMPLETE" : e.Failure.Kind == FailureKind.Cancelled ? "ABORT" : "FAIL", facts, e.Failure),
        _ => null,
    };

    private JsonObject RunLevel(RunRow run, DateTimeOffset at, string type, Failure? failure)
    {
        JsonObject facets = new() { ["nominalTime"] = Facet("1-0-1", "NominalTimeRunFacet", new() { ["nominalStartTime"] = Time(run.LogicalDate) }) };
        AddFailure(facets, failure);
        return Event(type, at, run.Id.Value, facets, run.Pipeline, "PIPELINE", [], []);
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
        return Event(type, at, IdOf(attempt), facets, $"{run.Pipeline}.{facts.Activity}", facts.Type,
            [.. facts.Inputs.Select(i => Data(i, input: true))], type == "COMPLETE" ? [.. facts.Outputs.Select(o => Data(o, input: false))] : []);
    }

    private JsonObject Event(string type, DateTimeOffset at, Guid run, JsonObject facets, string job, string jobType, JsonArray inputs, JsonArray outputs) => new()
    {
        ["eventType"] = type,
        ["eventTime"] = Time(at),
        ["run"] = new JsonObject { ["runId"] = run.ToString(), ["facets"] = facets },
        ["job"] = new JsonObject
        {
            ["namespace"] = ns,
            ["name"] = job,
            ["facets"] = new JsonObject
            {
                ["jobType"] = Facet("2-0-2", "JobTypeJobFacet", new() { ["processingType"] = "BATCH", ["integration"] = "MLPLATFORM", ["jobType"] = jobType }),
            },
        },
        ["inputs"] = inputs,
        ["outputs"] = outputs,
        ["producer"] = producer,
        ["schemaURL"] = Spec + "2-0-2/OpenLineage.json#/$defs/RunEvent",
    };

    private JsonObject Data(DataFacts data, bool input)
    {
        JsonObject facets = new();
        if ((data.Version is { } v ? v.Version.ToString(System.Globalization.CultureInfo.InvariantCulture) : data.Hash) is { } version)
            facets["version"] = Facet("1-0-1", "DatasetVersionDatasetFacet", new() { ["datasetVersion"] = version });
        if (data.Version is { Columns: { Count: > 0 } columns })
            facets["schema"] = Facet("1-1-1", "SchemaDatasetFacet", new() { ["fields"] = new JsonArray([.. columns.Select(c => new JsonObject { ["name"] = c.Name, ["type"] = c.Type })]) });
        JsonObject dataset = new() { ["namespace"] = data.Namespace ?? ns, ["name"] = data.Name, ["facets"] = facets };
        if (input && data.Records is { } records)
            dataset["inputFacets"] = new JsonObject { ["dataQualityMetrics"] = Facet("1-0-2", "DataQualityMetricsInputDatasetFacet", new() { ["rowCount"] = records, ["columnMetrics"] = new JsonObject() }) };
        if (!input && data.Version is { } made)
            dataset["outputFacets"] = new JsonObject { ["outputStatistics"] = Facet("1-0-2", "OutputStatisticsOutputDatasetFacet", new() { ["rowCount"] = made.Rows, ["size"] = made.Artifact.Bytes }) };
        return dataset;
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
