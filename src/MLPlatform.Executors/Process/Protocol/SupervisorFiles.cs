using System.Globalization;

namespace MLPlatform.Executors.Process.Protocol;

/// <summary>Where the supervisor of a home keeps its lock and listens.</summary>
internal static class SupervisorFiles
{
    /// <summary>Locked by the supervisor while it lives.</summary>
    public static string Lock(string home) => Path.Combine(home, "supervisor.lock");

    /// <summary>Its process id and when it started.</summary>
    public static string Card(string home) => Path.Combine(home, "supervisor.json");

    public static string Log(string home) => Path.Combine(home, "supervisor.log");

    /// <summary>The socket in the home, or where <see cref="SocketPath"/> puts it.</summary>
    public static string Socket(string home) => SocketPath.Of(Path.Combine(home, "supervisor.sock"));

    /// <summary>Names a build of the worker program: its file and when that was written.</summary>
    public static string BuildOf(string program) =>
        string.Create(CultureInfo.InvariantCulture, $"{Path.GetFullPath(program)}@{File.GetLastWriteTimeUtc(program).Ticks}");
}
