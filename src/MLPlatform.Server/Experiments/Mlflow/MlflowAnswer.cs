using System.Text.Encodings.Web;
using System.Text.Json;
using MLPlatform.Core.Experiments;

namespace MLPlatform.Server.Experiments.Mlflow;

/// <summary>An answer, written as it goes: a page of runs with all their metrics is large.</summary>
internal sealed class MlflowAnswer(Action<Utf8JsonWriter> write) : IResult
{
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary><c>{}</c></summary>
    public static MlflowAnswer Empty { get; } = new(_ => { });

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.ContentType = "application/json";
        await using Utf8JsonWriter json = new(httpContext.Response.BodyWriter, Plain);
        json.WriteStartObject();
        write(json);
        json.WriteEndObject();
        await json.FlushAsync(httpContext.RequestAborted);
    }
}

/// <summary>How things are written in answers.</summary>
internal static class MlflowJson
{
    extension(Utf8JsonWriter json)
    {
        public void Experiment(Experiment experiment)
        {
            json.WriteStartObject();
            json.WriteString("experiment_id", Id(experiment.Id));
            json.WriteString("name", experiment.Name);
            json.WriteString("artifact_location", experiment.ArtifactUri);
            json.WriteString("lifecycle_stage", Stage(experiment.Stage));
            json.WriteNumber("last_update_time", experiment.UpdatedAt.ToUnixTimeMilliseconds());
            json.WriteNumber("creation_time", experiment.CreatedAt.ToUnixTimeMilliseconds());
            json.Pairs("tags", experiment.Tags);
            json.WriteEndObject();
        }

        public void Run(TrackedRun run)
        {
            json.WriteStartObject();
            json.WritePropertyName("info");
            json.RunInfo(run);
            json.WriteStartObject("data");
            json.WriteStartArray("metrics");
            foreach (MetricValue metric in run.Metrics)
                json.Metric(metric);
            json.WriteEndArray();
            json.Pairs("params", run.Parameters);
            json.Pairs("tags", run.Tags.ContainsKey("mlflow.runName") ? run.Tags : new Dictionary<string, string>(run.Tags) { ["mlflow.runName"] = run.Name });
            json.WriteEndObject();
            json.WritePropertyName("inputs");
            json.WriteRawValue(run.InputsJson ?? "{}");
            json.WritePropertyName("outputs");
            json.WriteRawValue(run.OutputsJson ?? "{}");
            json.WriteEndObject();
        }

        public void RunInfo(TrackedRun run)
        {
            json.WriteStartObject();
            json.WriteString("run_id", run.Id);
            json.WriteString("run_uuid", run.Id);
            json.WriteString("run_name", run.Name);
            json.WriteString("experiment_id", Id(run.Experiment));
            json.WriteString("user_id", run.User);
            json.WriteString("status", run.Status.ToString().ToUpperInvariant());
            json.WriteNumber("start_time", run.StartedMs);
            if (run.EndedMs is { } ended)
                json.WriteNumber("end_time", ended);
            json.WriteString("artifact_uri", run.ArtifactUri);
            json.WriteString("lifecycle_stage", Stage(run.Stage));
            json.WriteEndObject();
        }

        public void Metric(MetricValue metric, string? run = null)
        {
            json.WriteStartObject();
            json.WriteString("key", metric.Name);
            json.Real("value", metric.Value);
            json.WriteNumber("timestamp", metric.AtMs);
            json.WriteNumber("step", metric.Step);
            if (run is not null)
                json.WriteString("run_id", run);
            json.WriteEndObject();
        }

        /// <summary>JSON has no word for not-a-number and the infinities; the protocol writes them as text.</summary>
        public void Real(string name, double value)
        {
            if (double.IsFinite(value))
                json.WriteNumber(name, value);
            else
                json.WriteString(name, double.IsNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity");
        }

        public void Pairs(string name, IReadOnlyDictionary<string, string> pairs)
        {
            json.WriteStartArray(name);
            foreach ((string key, string value) in pairs)
            {
                json.WriteStartObject();
                json.WriteString("key", key);
                json.WriteString("value", value);
                json.WriteEndObject();
            }
            json.WriteEndArray();
        }

        public void NextPage(string? token)
        {
            if (token is not null)
                json.WriteString("next_page_token", token);
        }
    }

    public static string Id(long experiment) => experiment.ToString(System.Globalization.CultureInfo.InvariantCulture);

    public static string Stage(Lifecycle stage) => stage == Lifecycle.Active ? "active" : "deleted";
}
