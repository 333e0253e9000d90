using System.CommandLine;
using System.Diagnostics;
using MLPlatform.Cli.Connection;
using MLPlatform.Core.Pipelines;
using MLPlatform.Server.Workspaces;

namespace MLPlatform.Cli.Workspaces;

/// <summary><c>mlp workspaces create|list|show|open|stop|restore|delete</c></summary>
internal static class WorkspacesCommand
{
    private static readonly Argument<string> Name = new("WORKSPACE") { Description = "A workspace, by its name or id." };
    private static readonly Argument<string> NewName = new("NAME") { Description = "Its name, unique among your own." };
    private static readonly Option<string?> Group = new("--group") { Description = "The group whose quota its sessions use.", HelpName = "GROUP" };
    private static readonly Option<string?> Owner = new("--owner") { Description = "Whose it is, or whose are shown. Only admins create for others.", HelpName = "PERSON" };
    private static readonly Option<string?> Pool = new("--pool") { Description = "The pool of machines. Default: the default pool.", HelpName = "POOL" };
    private static readonly Option<string?> Cpu = new("--cpu") { Description = "Cores: 2, 0.5 or 500m. Default: 1.", HelpName = "N" };
    private static readonly Option<string?> Memory = new("--memory") { Description = "Memory, such as 4Gi. Default: no limit of its own.", HelpName = "BYTES" };
    private static readonly Option<string?> Gpu = new("--gpu") { Description = "GPUs: 1, or a share such as 500m. Default: none.", HelpName = "N" };
    private static readonly Option<string?> Idle = new("--idle") { Description = "Reclaim a session that nothing has used for this long, such as PT2H. Files are kept. Default: the server's.", HelpName = "DURATION" };
    private static readonly Option<string?> Requirements = new("--requirements") { Description = "A requirements file: what pip installs into the workspace's own environment.", HelpName = "FILE" };
    private static readonly Option<bool> Detach = new("--detach", "-d") { Description = "Do not wait for the session." };
    private static readonly Option<bool> Browser = new("--browser", "-b") { Description = "Open it in a browser here." };
    private static readonly Option<bool> Json = GlobalOptions.Json();
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    public static Command Create() => new("workspaces", "Notebooks on the platform's machines: reclaimed when idle, files kept.")
    {
        CreateOne(), List(), Show(), Open(), Stop(), Restore(), Delete(),
    };

    private static Command CreateOne() => Do(new Command("create", "Create a workspace and start its first session.") { NewName, Group, Owner, Pool, Cpu, Memory, Gpu, Idle, Requirements, Detach, Json }, Purpose.Change, async (parsed, platform, cancel) =>
    {
        NeedsServer(platform);
        string[]? packages = parsed.GetValue(Requirements) is { } file ? await LinesAsync(file, cancel) : null;
        NewWorkspace wanted = new(parsed.GetValue(NewName)!, parsed.GetValue(Group), parsed.GetValue(Owner), parsed.GetValue(Pool), parsed.GetValue(Cpu), parsed.GetValue(Memory),
            parsed.GetValue(Gpu), parsed.GetValue(Idle), packages);
        await StartedAsync(parsed, platform, await platform.Client.PostAsync<WorkspaceView>("api/v1/workspaces", wanted, cancel), cancel);
    });

    private static Command List() => Do(new Command("list", "Show the workspaces there are.") { Owner, Json }, Purpose.Read, async (parsed, platform, cancel) =>
    {
        List<WorkspaceView> all = await ListAsync(platform, cancel);
        if (parsed.GetValue(Owner) is { } owner)
            all = [.. all.Where(w => w.Owner == owner)];
        if (parsed.GetValue(Json))
            Print.Json(all);
        else
            Print.Table(["NAME", "OWNER", "STATE", "CPU", "MEMORY", "GPU", "LAST USED", "RECLAIMED AT", ""], all.Select(w => new[]
            {
                w.Name, w.Owner, w.State, w.Asks.Cpu, w.Asks.Memory ?? "-", w.Asks.Gpu ?? "-", Print.Time(w.ActiveAt), Print.Time(w.ReclaimAt), w.Because ?? w.ActiveBy ?? "",
            }));
    });

    private static Command Show() => Do(new Command("show", "Show a workspace.") { Name, Json }, Purpose.Read, async (parsed, platform, cancel) =>
        Told(parsed, await FindAsync(platform, parsed.GetValue(Name)!, cancel)));

    private static Command Open() => Do(new Command("open", "Print the address of a workspace for a browser.") { Name, Browser, Json }, Purpose.Change, async (parsed, platform, cancel) =>
    {
        NeedsServer(platform);
        WorkspaceView workspace = await FindAsync(platform, parsed.GetValue(Name)!, cancel);
        WorkspaceOpening opening = await platform.Client.PostAsync<WorkspaceOpening>($"api/v1/workspaces/{workspace.Id}/open", null, cancel);
        if (parsed.GetValue(Json))
            Print.Json(opening);
        else
            Console.WriteLine(opening.Address);
        if (parsed.GetValue(Browser))
            Browse(opening.Address);
    });

    private static Command Stop() => Do(new Command("stop", "End a workspace's session: notebooks are kept, kernels shut down. Files stay.") { Name, Detach, Json }, Purpose.Change, async (parsed, platform, cancel) =>
    {
        NeedsServer(platform);
        WorkspaceView workspace = await FindAsync(platform, parsed.GetValue(Name)!, cancel);
        workspace = await platform.Client.PostAsync<WorkspaceView>($"api/v1/workspaces/{workspace.Id}/stop", null, cancel);
        Told(parsed, parsed.GetValue(Detach) ? workspace : await UntilAsync(platform, workspace, w => w.State == "stopped", cancel));
    });

    private static Command Restore() => Do(new Command("restore", "Start a session with the files, the environment and the open notebooks of the last one.") { Name, Detach, Json }, Purpose.Change, async (parsed, platform, cancel) =>
    {
        NeedsServer(platform);
        WorkspaceView workspace = await FindAsync(platform, parsed.GetValue(Name)!, cancel);
        await StartedAsync(parsed, platform, await platform.Client.PostAsync<WorkspaceView>($"api/v1/workspaces/{workspace.Id}/restore", null, cancel), cancel);
    });

    private static Command Delete() => Do(new Command("delete", "Delete a stopped workspace with its files.") { Name }, Purpose.Change, async (parsed, platform, cancel) =>
    {
        WorkspaceView workspace = await FindAsync(platform, parsed.GetValue(Name)!, cancel);
        await platform.Client.DeleteAsync($"api/v1/workspaces/{workspace.Id}", cancel);
        Console.WriteLine($"{workspace.Name}: deleted with its files");
    });

    private static async Task StartedAsync(ParseResult parsed, PlatformConnection platform, WorkspaceView workspace, CancellationToken cancel)
    {
        if (!parsed.GetValue(Detach))
            workspace = await UntilAsync(platform, workspace, w => w.State != "starting", cancel);
        Told(parsed, workspace);
        if (workspace.State == "stopped")
            throw new CliException("WORK-015", $"The session of the workspace {workspace.Name} did not start: {workspace.Because}.", $"'mlp runs logs {workspace.Run}' tells more.", ExitCode.Failed);
    }

    private static async Task<WorkspaceView> UntilAsync(PlatformConnection platform, WorkspaceView workspace, Func<WorkspaceView, bool> done, CancellationToken cancel)
    {
        while (!done(workspace))
        {
            await Task.Delay(Pause, cancel);
            workspace = await platform.Client.GetAsync<WorkspaceView>($"api/v1/workspaces/{workspace.Id}", cancel);
        }
        return workspace;
    }

    private static void Told(ParseResult parsed, WorkspaceView w)
    {
        if (parsed.GetValue(Json))
        {
            Print.Json(w);
            return;
        }
        List<string[]> rows =
        [
            ["name", w.Name], ["id", w.Id.ToString()], ["owner", w.Group.Length > 0 ? $"{w.Owner} ({w.Group})" : w.Owner], ["state", w.Because is { } why ? $"{w.State}: {why}" : w.State],
            ["resources", $"{w.Asks.Cpu} CPU, {w.Asks.Memory ?? "no bound of"} memory, {w.Asks.Gpu ?? "no"} GPU{(w.Asks.Pool is { } pool ? $", pool {pool}" : "")}"],
            ["idle limit", w.Asks.IdleLimit],
        ];
        if (w.ActiveAt is not null)
            rows.Add(["last used", $"{Print.Time(w.ActiveAt)} ({w.ActiveBy})"]);
        if (w.ReclaimAt is not null)
            rows.Add(["warning", $"idle: reclaimed at {Print.Time(w.ReclaimAt)} unless something uses it; files are kept"]);
        if (w.Documents.Count > 0)
            rows.Add(["was open", string.Join(", ", w.Documents.Select(d => d.Path))]);
        rows.Add(["run", w.Run.ToString()]);
        if (w.State is "ready" or "warned")
            rows.Add(["open", $"mlp workspaces open {w.Name}"]);
        Print.Table(["WORKSPACE", ""], rows);
    }

    private static async Task<WorkspaceView> FindAsync(PlatformConnection platform, string name, CancellationToken cancel)
    {
        List<WorkspaceView> all = await ListAsync(platform, cancel);
        WorkspaceView[] found = [.. all.Where(w => w.Name == name || w.Id.ToString() == name)];
        return found switch
        {
            [WorkspaceView one] => one,
            [] => throw new CliException("WORK-016", $"There is no workspace '{name}'.", Names.Hint(name, [.. all.Select(w => w.Name).Distinct()]) ?? "'mlp workspaces create' makes one.", ExitCode.Usage),
            WorkspaceView[] several => throw new CliException("WORK-016", $"{several.Length} people have a workspace named '{name}'.", "Give the id: " + string.Join(", ", several.Select(w => $"{w.Id} ({w.Owner})")), ExitCode.Usage),
        };
    }

    private static Task<List<WorkspaceView>> ListAsync(PlatformConnection platform, CancellationToken cancel) => platform.Client.GetAsync<List<WorkspaceView>>("api/v1/workspaces", cancel);

    private static async Task<string[]> LinesAsync(string file, CancellationToken cancel)
    {
        try
        {
            return await File.ReadAllLinesAsync(file, cancel);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CliException.Usage("CLI-001", $"The requirements cannot be read: {e.Message}", null);
        }
    }

    private static void NeedsServer(PlatformConnection platform)
    {
        if (platform.IsEmbedded)
            throw CliException.Usage("CLI-008", "Nobody would look after the session: no server runs.", "Start 'mlp serve' first.");
    }

    private static void Browse(string address)
    {
        try
        {
            using Process? browser = Process.Start(new ProcessStartInfo("xdg-open", [address]) { RedirectStandardError = true, RedirectStandardOutput = true });
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new CliException("WORK-017", $"No browser could be opened here: {e.Message}", "Open the address above.", ExitCode.Failed);
        }
    }

    private static Command Do(Command command, Purpose purpose, Func<ParseResult, PlatformConnection, CancellationToken, Task> work)
    {
        command.SetAction(async (parsed, cancel) =>
        {
            await using PlatformConnection platform = await PlatformConnection.OpenAsync(parsed, purpose, cancel);
            await work(parsed, platform, cancel);
            return ExitCode.Done;
        });
        return command;
    }
}
