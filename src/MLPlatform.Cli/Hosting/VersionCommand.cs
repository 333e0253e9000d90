using System.CommandLine;
using System.Reflection;

namespace MLPlatform.Cli.Hosting;

/// <summary><c>mlp version</c></summary>
internal static class VersionCommand
{
    public static Command Create()
    {
        Command command = new("version", "Print the version.");
        command.SetAction(_ => Console.WriteLine(Version));
        return command;
    }

    public static string Version { get; } =
        typeof(VersionCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];
}
