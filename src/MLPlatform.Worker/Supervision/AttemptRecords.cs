using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Usage;
using MLPlatform.Executors.Process.Protocol;

namespace MLPlatform.Worker.Supervision;

/// <summary>Reads an attempt's records. One that a crash of the machine left empty or torn counts as absent.</summary>
internal static class AttemptRecords
{
    public static ProcessRecord? ReadProcess(string folder) => Read(folder, AttemptFiles.Process, ProtocolJson.Default.ProcessRecord);

    public static ExitRecord? ReadExit(string folder) => Read(folder, AttemptFiles.Exit, ProtocolJson.Default.ExitRecord);

    public static AttemptUsage? ReadUsage(string folder) => Read(folder, AttemptFiles.Usage, ProtocolJson.Default.AttemptUsage);

    /// <summary>Records which process runs the attempt.</summary>
    public static void Write(SupervisedAttempt attempt, ProcessRecord process)
    {
        attempt.Process = process;
        AttemptFiles.WriteWhole(attempt.File(AttemptFiles.Process), JsonSerializer.SerializeToUtf8Bytes(process, ProtocolJson.Default.ProcessRecord));
    }

    private static T? Read<T>(string folder, string name, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            string path = Path.Combine(folder, name);
            return File.Exists(path) ? JsonSerializer.Deserialize(File.ReadAllBytes(path), type) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
