using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Usage;
using MLPlatform.Executors.Process.Protocol;

namespace MLPlatform.Executors.Process;

/// <summary>Lays out an attempt's folder before it starts.</summary>
internal static class AttemptFolder
{
    private const int MostLive = 64 << 10;

    /// <summary>What opening a file tells that somebody else has locked (EWOULDBLOCK).</summary>
    private const int IsLocked = 11;

    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(10);

    private static readonly JsonSerializerOptions SpecJson = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    /// <summary>Makes the folder and what the attempt reads; leaves one alone that is there already.</summary>
    /// <param name="folder">The attempt's folder.</param>
    /// <param name="order">What it is to do.</param>
    /// <param name="artifacts">Where a script's input artifacts come from; null: it gets the references alone.</param>
    /// <param name="time">The clock.</param>
    /// <returns>How the attempt ended, if it has.</returns>
    public static async Task<ExitRecord?> PrepareAsync(string folder, AttemptOrder order, IArtifactStore? artifacts, TimeProvider time)
    {
        if (ReadExit(folder) is ExitRecord exit)
            return exit;
        string inputs = Path.Combine(folder, AttemptFiles.Inputs);
        if (File.Exists(inputs))
            return null;
        Directory.CreateDirectory(folder);
        await using FileStream alone = await AloneAsync(Path.Combine(folder, AttemptFiles.Preparing), time).ConfigureAwait(false);
        if (!File.Exists(inputs))
            await LayOutAsync(folder, inputs, order, artifacts).ConfigureAwait(false);
        return null;
    }

    // Two servers that start one attempt at once would write over, or delete, what the other has just laid out.
    private static async Task<FileStream> AloneAsync(string path, TimeProvider time)
    {
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.None);
            }
            catch (IOException e) when (e.HResult == IsLocked)
            {
                await Task.Delay(LookAgain, time).ConfigureAwait(false);
            }
        }
    }

    private static async Task LayOutAsync(string folder, string inputs, AttemptOrder order, IArtifactStore? artifacts)
    {
        string laidOut = Path.Combine(folder, AttemptFiles.ArtifactInputs);
        if (Directory.Exists(laidOut))
            Directory.Delete(laidOut, recursive: true); // A crash may have left half of it.
        Directory.CreateDirectory(Path.Combine(folder, AttemptFiles.Scratch));
        if (order.Command?.Code is { } code)
        {
            await CodeFolder.LayOutAsync(
                folder, code, artifacts ?? throw new InvalidOperationException("code needs an artifact store"), CancellationToken.None).ConfigureAwait(false);
        }
        File.WriteAllBytes(Path.Combine(folder, AttemptFiles.Spec), JsonSerializer.SerializeToUtf8Bytes(order, SpecJson));
        JsonElement seen = order.Placement == ActivityPlacement.Script && artifacts is not null
            ? await ScriptArtifacts.LayOutAsync(order.Inputs, folder, artifacts, CancellationToken.None).ConfigureAwait(false)
            : order.Inputs;
        AttemptFiles.WriteWhole(inputs, JsonSerializer.SerializeToUtf8Bytes(seen)); // Last: it says that all is there.
    }

    /// <summary>Null if the attempt has not ended, or its record was torn by a crash of the machine.</summary>
    public static ExitRecord? ReadExit(string folder) => Read(folder, AttemptFiles.Exit, ProtocolJson.Default.ExitRecord);

    /// <summary>Null if it has not started.</summary>
    public static ProcessRecord? ReadProcess(string folder) => Read(folder, AttemptFiles.Process, ProtocolJson.Default.ProcessRecord);

    /// <summary>What its processes used when they were last looked at; null where nobody looked yet.</summary>
    public static AttemptUsage? ReadUsage(string folder) => !IsSmall(Path.Combine(folder, AttemptFiles.Usage)) ? null : Read(folder, AttemptFiles.Usage, ProtocolJson.Default.AttemptUsage);

    /// <summary>
    /// Whether a file that is looked at while the attempt runs holds anything, and little: a script may make it as large as it likes,
    /// or a pipe that nobody writes to.
    /// </summary>
    internal static bool IsSmall(string path) => new FileInfo(path) is { Exists: true, Length: > 0 and <= MostLive };

    private static T? Read<T>(string folder, string name, JsonTypeInfo<T> type)
        where T : class
    {
        string path = Path.Combine(folder, name);
        try
        {
            return File.Exists(path) ? JsonSerializer.Deserialize(File.ReadAllBytes(path), type) : null;
        }
        catch (Exception e) when (e is JsonException or FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }
}
