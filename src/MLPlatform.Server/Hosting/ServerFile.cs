using System.Diagnostics;
using System.Text.Json;

namespace MLPlatform.Server.Hosting;

/// <summary>
/// <c>server.json</c> in the home folder: how the command line finds the server that runs there. A file whose process is
/// gone, or whose process id now belongs to another process, is stale and counts for nothing.
/// </summary>
/// <param name="Started">When the process started; with the id it names one process for ever.</param>
public sealed record ServerFile(string Address, int Pid, DateTimeOffset Started)
{
    private const string Name = "server.json";

    // Process start times are read back from clock ticks since boot, so two readings may differ a little.
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(2);

    /// <summary>The live server of a home folder, or null.</summary>
    public static ServerFile? FindLive(string home)
    {
        string path = Path.Combine(home, Name);
        try
        {
            if (!File.Exists(path))
                return null;
            ServerFile? found = JsonSerializer.Deserialize<ServerFile>(File.ReadAllBytes(path), JsonSerializerOptions.Web);
            return found is not null && IsAlive(found) ? found : null;
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            // Half a file is what a crash leaves; the home's lock decides who may start.
            return null;
        }
    }

    /// <summary>Writes the file for this process, whole or not at all.</summary>
    public static void Write(string home, string address)
    {
        using Process self = Process.GetCurrentProcess();
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(
            new ServerFile(address, self.Id, self.StartTime.ToUniversalTime()), JsonSerializerOptions.Web);
        string temporary = Path.Combine(home, $"{Name}.{self.Id}");
        File.WriteAllBytes(temporary, json);
        File.Move(temporary, Path.Combine(home, Name), overwrite: true);
    }

    /// <summary>Removes the file if it is this process's own.</summary>
    public static void Remove(string home)
    {
        if (FindLive(home)?.Pid == Environment.ProcessId)
            File.Delete(Path.Combine(home, Name));
    }

    private static bool IsAlive(ServerFile file)
    {
        try
        {
            using Process process = Process.GetProcessById(file.Pid);
            return (process.StartTime.ToUniversalTime() - file.Started).Duration() < Slack;
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
