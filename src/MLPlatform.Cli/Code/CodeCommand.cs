using System.CommandLine;
using MLPlatform.Cli.Artifacts;
using MLPlatform.Cli.Connection;
using MLPlatform.Server.Code;

namespace MLPlatform.Cli.Code;

/// <summary><c>mlp code push|take|list|show|diff|edit|rollback|get</c>: folders of code that the platform keeps.</summary>
internal static class CodeCommand
{
    private static readonly Argument<string> Name = new("NAME") { Description = "A code folder's name." };
    private static readonly Argument<string> Folder = new("FOLDER") { Description = "The folder, or the one file, that is the code." };
    private static readonly Argument<string> FilePath = new("PATH") { Description = "The file inside the code folder." };
    private static readonly Option<string?> From = new("--from") { Description = "The file to put there.", HelpName = "FILE" };
    private static readonly Option<bool> Remove = new("--remove") { Description = "Take the file away." };
    private static readonly Argument<int> ToVersion = new("VERSION") { Description = "The version to go back to." };
    private static readonly Argument<string> OldVersion = new("FROM") { Description = "The older version." };
    private static readonly Argument<string> NewVersion = new("TO") { Description = "The newer version. Default: latest.", DefaultValueFactory = _ => "latest" };
    private static readonly Option<string> Version = new("--version") { Description = "A version. Default: latest.", DefaultValueFactory = _ => "latest" };
    private static readonly Option<bool> Files = new("--files") { Description = "List the files of a version instead of the versions." };
    private static readonly Option<string?> Note = new("--note", "-m") { Description = "What to remember about the version.", HelpName = "TEXT" };
    private static readonly Option<int?> Based = new("--based") { Description = "The version this is a change of; it is refused if another came in between. Default: the latest.", HelpName = "VERSION" };
    private static readonly Option<string?> To = new("--to") { Description = "The folder to write into; it is made if it is not there. Default: the current folder.", HelpName = "FOLDER" };
    private static readonly Option<string?> Branch = new("--branch") { Description = "The branch of the configured repository. Default: the watched one.", HelpName = "BRANCH" };
    private static readonly Option<bool> Json = GlobalOptions.Json();

    public static Command Create() => new("code", "Folders of code that the platform keeps in versions.") { Push(), Take(), Edit(), List(), Show(), Diff(), RollBack(), Get() };

    private static Command Push() => Do(new Command("push", "Make a folder's files the next version.") { Name, Folder, Note, Based, Json }, async (parsed, client, cancel) =>
    {
        string folder = parsed.GetValue(Folder)!;
        List<CodeFile> files = CodeFiles.Read(folder, out List<string> left);
        foreach (string path in left)
            Console.Error.WriteLine($"Left out {Print.Harmless(path)}: it is a link.");
        Tell(parsed, await client.PostAsync<CodeVersionView>($"{Path(parsed)}/versions", new CodeChange(files, null, Replace: true, parsed.GetValue(Based), parsed.GetValue(Note)), cancel));
    });

    private static Command Take() => Do(new Command("take", "Make what the configured git repository has in the folder's place the next version.") { Name, Branch, Based, Json }, async (parsed, client, cancel) =>
    {
        CodeTakenView taken = await client.PostAsync<CodeTakenView>($"{Path(parsed)}/take", new CodeTake(parsed.GetValue(Branch), parsed.GetValue(Based)), cancel);
        if (parsed.GetValue(Json))
            Print.Json(taken);
        else
            Console.WriteLine(Print.Harmless($"{parsed.GetValue(Name)} is at version {taken.Version}, {(taken.Changed ? "taken from" : "which is as in")} {taken.Folder} of {taken.Branch} (commit {taken.Commit[..8]})."));
    });

    private static Command Edit() => Do(new Command("edit", "Put or take away one file: that is the next version.") { Name, FilePath, From, Remove, Note, Based, Json }, async (parsed, client, cancel) =>
    {
        (string path, string? from, bool remove) = (parsed.GetValue(FilePath)!, parsed.GetValue(From), parsed.GetValue(Remove));
        if (from is null != remove)
            throw CliException.Usage("JOB-013", "Say what to put there with --from FILE, or take it away with --remove: one of the two.");
        CodeChange change = remove
            ? new CodeChange(null, [path], Based: parsed.GetValue(Based), Note: parsed.GetValue(Note))
            : new CodeChange([CodeFiles.Of(path, from!)], Based: parsed.GetValue(Based), Note: parsed.GetValue(Note));
        Tell(parsed, await client.PostAsync<CodeVersionView>($"{Path(parsed)}/versions", change, cancel));
    });

    private static Command List() => Do(new Command("list", "Show all code folders.") { Json }, async (parsed, client, cancel) =>
        Show(parsed, await client.GetAsync<List<CodeVersionView>>("api/v1/code", cancel), withName: true));

    private static Command Show() => Do(new Command("show", "Show a code folder's versions, or the files of one.") { Name, Files, Version, Json }, async (parsed, client, cancel) =>
    {
        if (!parsed.GetValue(Files))
        {
            Show(parsed, await client.GetAsync<List<CodeVersionView>>(Path(parsed), cancel), withName: false);
            return;
        }
        CodeFilesView view = await FindAsync(parsed, client, cancel);
        if (parsed.GetValue(Json))
            Print.Json(view);
        else
            Print.Table(["FILE", "BYTES"], view.Files.Select(f => new[] { f.Path, $"{f.Bytes:N0}" }));
    });

    private static Command Diff() => Do(new Command("diff", "Show how two versions differ.") { Name, OldVersion, NewVersion, Json }, async (parsed, client, cancel) =>
    {
        CodeDiffView diff = await client.GetAsync<CodeDiffView>(
            $"{Path(parsed)}/diff?from={Uri.EscapeDataString(parsed.GetValue(OldVersion)!)}&to={Uri.EscapeDataString(parsed.GetValue(NewVersion)!)}", cancel);
        if (parsed.GetValue(Json))
        {
            Print.Json(diff);
            return;
        }
        foreach (CodeFileDiff file in diff.Files)
        {
            Console.WriteLine($"--- {(file.Change == "added" ? "/dev/null" : $"{diff.From}/{Print.Harmless(file.Path)}")}");
            Console.WriteLine($"+++ {(file.Change == "removed" ? "/dev/null" : $"{diff.To}/{Print.Harmless(file.Path)}")}");
            Console.WriteLine(file.Lines is null ? "(no text, or too long to show)" : string.Join('\n', file.Lines.TrimEnd('\n').Split('\n').Select(Print.Harmless)));
        }
    });

    private static Command RollBack() => Do(new Command("rollback", "Make an older version's files the next version.") { Name, ToVersion, Note, Based, Json }, async (parsed, client, cancel) =>
        Tell(parsed, await client.PostAsync<CodeVersionView>($"{Path(parsed)}/rollback", new CodeRollback(parsed.GetValue(ToVersion), parsed.GetValue(Based), parsed.GetValue(Note)), cancel)));

    private static Command Get() => Do(new Command("get", "Write a version's files into a folder.") { Name, Version, To }, async (parsed, client, cancel) =>
    {
        CodeFilesView view = await FindAsync(parsed, client, cancel);
        foreach (string target in await ArtifactsCommand.WriteAsync(client, view.Version.Files.Hash, System.IO.Path.GetFullPath(parsed.GetValue(To) ?? "."), cancel))
            Console.WriteLine($"Wrote {Print.Harmless(target)}");
    });

    private static Task<CodeFilesView> FindAsync(ParseResult parsed, PlatformClient client, CancellationToken cancel) =>
        client.GetAsync<CodeFilesView>($"{Path(parsed)}/versions/{Uri.EscapeDataString(parsed.GetValue(Version)!)}", cancel);

    private static void Tell(ParseResult parsed, CodeVersionView made)
    {
        if (parsed.GetValue(Json))
            Print.Json(made);
        else
            Console.WriteLine($"{made.Name} is at version {made.Version}, {made.Files.Bytes:N0} bytes.");
    }

    private static void Show(ParseResult parsed, List<CodeVersionView> versions, bool withName)
    {
        if (parsed.GetValue(Json))
            Print.Json(versions);
        else
            Print.Table([withName ? "CODE" : "VERSION", withName ? "LATEST" : "BYTES", "MADE", "BY", "NOTE"], versions.Select(v => new[]
            {
                withName ? v.Name : $"{v.Version}", withName ? $"{v.Version}" : $"{v.Files.Bytes:N0}", Print.Time(v.CreatedAt), v.By, v.Note ?? "",
            }));
    }

    private static string Path(ParseResult parsed) => $"api/v1/code/{Uri.EscapeDataString(parsed.GetValue(Name)!)}";

    private static Command Do(Command command, Func<ParseResult, PlatformClient, CancellationToken, Task> work)
    {
        command.SetAction(async (parsed, cancel) =>
        {
            await using PlatformConnection platform = await PlatformConnection.OpenAsync(parsed, Purpose.Read, cancel);
            await work(parsed, platform.Client, cancel);
            return ExitCode.Done;
        });
        return command;
    }
}
