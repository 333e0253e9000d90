using System.CommandLine;
using System.Reflection;

namespace MLPlatform.Cli.Hosting;

/// <summary><c>mlp version</c></summary>
internal static class VersionCommand
{
    public static Command Create()
    {
        Option<bool> json = GlobalOptions.Json();
        Command command = new("version", "Print the version.") { json };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(json))
                Print.Json(new { version = Version });
            else
                Console.WriteLine(Version);
        });
        return command;
    }

    public static string Version { get; } =
        typeof(VersionCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];
}
