using System.Text.Json;
using MLPlatform.Core.Pipelines.Git;
using MLPlatform.Server.Pipelines;

namespace MLPlatform.Cli.Pipelines;

/// <summary>Pipeline files on this machine.</summary>
internal static class PipelineFiles
{
    /// <summary>The files that paths stand for: a folder stands for the <c>*.json</c> in it, except schemas and layouts.</summary>
    public static IReadOnlyList<string> Find(IEnumerable<string> paths)
    {
        List<string> files = [];
        foreach (string path in paths)
        {
            if (Directory.Exists(path))
            {
                string[] found = [.. Directory.GetFiles(path, "*.json").Where(f => !f.EndsWith(".schema.json", StringComparison.Ordinal) && !f.EndsWith(GitPaths.LayoutEnding, StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
                if (found.Length == 0)
                    throw CliException.Usage("CLI-006", $"There is no pipeline file (*.json) in '{path}'.");
                files.AddRange(found);
            }
            else if (File.Exists(path))
                files.Add(path);
            else
                throw CliException.Usage("CLI-006", $"There is no file or folder '{path}'.", $"The current folder is {Environment.CurrentDirectory}.");
        }
        return files;
    }

    public static byte[] Read(string file)
    {
        try
        {
            return File.ReadAllBytes(file);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw CliException.Usage("CLI-006", $"There is no file '{file}'.", $"The current folder is {Environment.CurrentDirectory}.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CliException.Usage("CLI-006", $"'{file}' cannot be read: {e.Message}");
        }
    }

    /// <summary>The file as the API takes it.</summary>
    public static PipelineSource Source(string file) => new(
        JsonSerializer.SerializeToElement(System.Text.Encoding.UTF8.GetString(Read(file))), file, Path.GetDirectoryName(Path.GetFullPath(file)));
}
