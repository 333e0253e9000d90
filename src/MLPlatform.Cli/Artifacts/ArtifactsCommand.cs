using System.CommandLine;
using MLPlatform.Cli.Connection;
using MLPlatform.Core.Artifacts;
using MLPlatform.Server.Artifacts;

namespace MLPlatform.Cli.Artifacts;

/// <summary><c>mlp artifacts show|get</c>: look at what activities made.</summary>
internal static class ArtifactsCommand
{
    private static readonly Argument<string> Hash = new("HASH") { Description = "An artifact, as runs and models name it: sha256:…" };
    private static readonly Option<string?> To = new("--to") { Description = "The folder to write into; it is made if it is not there. Default: the current folder.", HelpName = "FOLDER" };
    private static readonly Option<bool> Json = GlobalOptions.Json();

    public static Command Create() => new("artifacts", "Artifacts: what activities made, tables, models and reports.") { Show(), Get() };

    private static Command Show()
    {
        Command command = new("show", "Show an artifact's files.") { Hash, Json };
        command.SetAction(async (parsed, cancel) =>
        {
            await using PlatformConnection platform = await PlatformConnection.OpenAsync(parsed, Purpose.Read, cancel);
            ArtifactView artifact = await FindAsync(platform.Client, parsed.GetValue(Hash)!, cancel);
            if (parsed.GetValue(Json))
                Print.Json(artifact);
            else
                Print.Table(["FILE", "BYTES", "HASH"], artifact.Files.Select(f => new[] { f.Path, $"{f.Bytes:N0}", f.Hash }));
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Get()
    {
        Command command = new("get", "Write an artifact's files into a folder.") { Hash, To };
        command.SetAction(async (parsed, cancel) =>
        {
            string folder = Path.GetFullPath(parsed.GetValue(To) ?? ".");
            await using PlatformConnection platform = await PlatformConnection.OpenAsync(parsed, Purpose.Read, cancel);
            foreach (string target in await WriteAsync(platform.Client, parsed.GetValue(Hash)!, folder, cancel))
                Console.WriteLine($"Wrote {target}");
            return ExitCode.Done;
        });
        return command;
    }

    /// <summary>Writes an artifact's files below a folder, and returns their places.</summary>
    internal static async Task<List<string>> WriteAsync(PlatformClient client, string hash, string folder, CancellationToken cancel)
    {
        ArtifactView artifact = await FindAsync(client, hash, cancel);
        // 1. Every place is checked before the first byte is written.
        List<(ArtifactFile File, string Target)> files = [.. artifact.Files.Select(f => (f, Target(folder, f.Path)))];
        // 2. Written.
        foreach ((ArtifactFile file, string target) in files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            await client.DownloadAsync($"api/v1/artifacts/{artifact.Hash}/files/{Escape(file.Path)}", target, cancel);
        }
        return [.. files.Select(f => f.Target)];
    }

    private static Task<ArtifactView> FindAsync(PlatformClient client, string hash, CancellationToken cancel) =>
        client.GetAsync<ArtifactView>($"api/v1/artifacts/{Uri.EscapeDataString(hash)}", cancel);

    // The server may be anybody's: what it lists stays below the folder, and replaces nothing.
    private static string Target(string folder, string path)
    {
        string target = Path.GetFullPath(Path.Combine(folder, path));
        if (!target.StartsWith(folder.TrimEnd(Path.DirectorySeparatorChar) + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            throw CliException.Usage("CLI-031", $"The artifact names a file outside of the folder: '{path}'.", "Nothing was written.");
        return Path.Exists(target)
            ? throw CliException.Usage("CLI-031", $"'{target}' is there already.", "Nothing was written. Name another folder with --to.")
            : target;
    }

    private static string Escape(string path) => string.Join('/', path.Split('/').Select(Uri.EscapeDataString));
}
