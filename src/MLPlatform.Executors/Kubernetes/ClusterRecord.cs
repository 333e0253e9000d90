using System.Text.Json;
using System.Text.Json.Serialization;
using MLPlatform.Executors.Process.Protocol;

namespace MLPlatform.Executors.Kubernetes;

/// <summary>What was handed over to a cluster (<c>cluster.json</c> in the attempt's folder), so that a restarted server neither hands it over again nor doubles a line.</summary>
internal sealed record ClusterRecord
{
    public const string File = "cluster.json";

    public required string Cluster { get; init; }
    public required string Kind { get; init; }
    public required string Name { get; init; }
    public required DateTimeOffset SubmittedAt { get; init; }

    /// <summary>A container of it was seen running.</summary>
    public bool HasRun { get; init; }

    /// <summary>The length of the log that these positions belong to.</summary>
    public long LogLength { get; init; }

    /// <summary>How far each pod's log was copied.</summary>
    public IReadOnlyDictionary<string, LogPosition> Logs { get; init; } = new Dictionary<string, LogPosition>();

    public static ClusterRecord? Read(string folder)
    {
        string path = Path.Combine(folder, File);
        try
        {
            return System.IO.File.Exists(path) ? JsonSerializer.Deserialize(System.IO.File.ReadAllBytes(path), ClusterJson.Default.ClusterRecord) : null;
        }
        catch (JsonException)
        {
            return null; // Torn by a crash of the machine: handing over again is harmless.
        }
    }

    public void Write(string folder) => AttemptFiles.WriteWhole(Path.Combine(folder, File), JsonSerializer.SerializeToUtf8Bytes(this, ClusterJson.Default.ClusterRecord));
}

/// <summary>How far a pod's log was copied.</summary>
/// <param name="First">The time of its first line: another one says that the beginning was rotated away.</param>
/// <param name="Lines">Lines copied since that one.</param>
/// <param name="Last">The time of the last line copied.</param>
/// <param name="AtLast">How many of the last lines have that time.</param>
internal sealed record LogPosition(string First, long Lines, string Last, int AtLast);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(ClusterRecord))]
internal sealed partial class ClusterJson : JsonSerializerContext;
