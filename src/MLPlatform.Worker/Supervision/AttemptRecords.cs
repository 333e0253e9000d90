using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using MLPlatform.Executors.Process.Protocol;

namespace MLPlatform.Worker.Supervision;

/// <summary>Reads an attempt's records. One that a crash of the machine left empty or torn counts as absent.</summary>
internal static class AttemptRecords
{
    public static ProcessRecord? ReadProcess(string folder) => Read(folder, AttemptFiles.Process, ProtocolJson.Default.ProcessRecord);

    public static ExitRecord? ReadExit(string folder) => Read(folder, AttemptFiles.Exit, ProtocolJson.Default.ExitRecord);

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
