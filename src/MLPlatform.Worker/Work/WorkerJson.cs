using System.Text.Json;
using System.Text.Json.Serialization;

namespace MLPlatform.Worker.Work;

/// <summary>A line of <c>metrics.jsonl</c>.</summary>
internal sealed record MetricLine(string Name, double Value, long Step, DateTimeOffset At);

/// <summary>The content of <c>progress.json</c>.</summary>
internal sealed record ProgressReport(double Fraction, string? Message);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(MetricLine))]
[JsonSerializable(typeof(ProgressReport))]
internal sealed partial class WorkerJson : JsonSerializerContext;
