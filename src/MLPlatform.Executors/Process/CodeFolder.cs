using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Executors.Process.Protocol;

namespace MLPlatform.Executors.Process;

/// <summary>
/// The code of an attempt, laid out as files of its own: a script may write beside its code, and over it, without harm to what
/// the store keeps.
/// </summary>
internal static class CodeFolder
{
    private const UnixFileMode Plain = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const UnixFileMode Program = Plain | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>Where the command starts.</summary>
    /// <exception cref="ActivityException">The folder it is to start in lies outside of the code.</exception>
    public static string Start(string attempt, ScriptCode code)
    {
        string root = Path.Combine(attempt, AttemptFiles.Code), start = Path.GetFullPath(Path.Combine(root, code.Folder));
        return start == root || start.StartsWith(root + Path.DirectorySeparatorChar, StringComparison.Ordinal)
            ? start.TrimEnd(Path.DirectorySeparatorChar)
            : throw new ActivityException("JOB-006", $"The command is to start in '{code.Folder}', which is outside of its code. Name a folder inside.");
    }

    public static async Task LayOutAsync(string attempt, ScriptCode code, IArtifactStore artifacts, CancellationToken cancel)
    {
        string start = Start(attempt, code), root = Path.Combine(attempt, AttemptFiles.Code);
        if (Directory.Exists(root))
            Directory.Delete(root, recursive: true); // A crash may have left half of it.
        ArtifactManifest manifest = await artifacts.FindAsync(code.Files.Hash, cancel).ConfigureAwait(false)
            ?? throw new ActivityException("JOB-007", $"The code {code.Files.Hash} is not in the artifact store. Start a new run.");
        Directory.CreateDirectory(root);
        foreach (ArtifactFile file in manifest.Files)
        {
            string target = Path.Combine(root, file.Path);
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(await artifacts.FetchAsync(file, cancel).ConfigureAwait(false), target, overwrite: true);
            File.SetUnixFileMode(target, IsProgram(target) ? Program : Plain);
        }
        if (!Directory.Exists(start))
            throw new ActivityException("JOB-006", $"The command is to start in '{code.Folder}', which is no folder of its code. Correct source.path.");
    }

    // Artifacts keep no modes, so that the same files from git and from a code folder are the same code.
    private static bool IsProgram(string file)
    {
        using FileStream content = File.OpenRead(file);
        return content.ReadByte() == '#' && content.ReadByte() == '!';
    }
}
