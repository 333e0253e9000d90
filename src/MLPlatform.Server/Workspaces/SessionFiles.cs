using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Workspaces;
using MLPlatform.Executors.Process.Protocol;
using MLPlatform.Server.Hosting;

namespace MLPlatform.Server.Workspaces;

/// <summary>What a session must not tell anybody: it is in a file of the home folder that only this user may read.</summary>
/// <param name="Session">The run that it belongs to.</param>
/// <param name="Secret">256 random bits; new with each session.</param>
/// <param name="Socket">Where the notebook server listens.</param>
/// <param name="Address">Its path at the platform's address.</param>
/// <param name="Folder">The person's files.</param>
internal sealed record SessionSecret(Guid Session, string Secret, string Socket, string Address, string Folder);

/// <summary>
/// A workspace's part of the home folder: <c>files</c> is the person's, <c>venv</c> and <c>jupyter</c> are kept with it, <c>session</c> is
/// made anew for each session.
/// </summary>
internal sealed class SessionFiles(HostSettings settings)
{
    private readonly ConcurrentDictionary<WorkspaceId, SessionSecret> _known = new();

    public string Root(WorkspaceId id) => Path.Combine(Path.GetFullPath(settings.Home), "workspaces", id.ToString());

    public string Folder(WorkspaceId id) => Path.Combine(Root(id), "files");

    public static string Address(WorkspaceId id) => $"/workspaces/{id}/";

    /// <summary>Makes everything ready for a session; what is there for it already stays.</summary>
    public string Prepare(Workspace workspace, RunId session)
    {
        string root = Root(workspace.Id), own = Path.Combine(root, "session"), custom = Path.Combine(root, "jupyter", "config", "custom");
        PrivateFiles.CreateFolder(root);
        Directory.CreateDirectory(Folder(workspace.Id));
        PrivateFiles.CreateFolder(own);
        Directory.CreateDirectory(custom);
        string secret = Path.Combine(own, "session.json");
        if (Read(workspace.Id)?.Session != session.Value)
        {
            SessionSecret made = new(
                session.Value, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32)), SocketPath.Of(Path.Combine(own, "jupyter.sock")), Address(workspace.Id), Folder(workspace.Id));
            using FileStream file = PrivateFiles.Create(secret);
            JsonSerializer.Serialize(file, made, JsonSerializerOptions.Web);
            _known.TryRemove(workspace.Id, out _);
        }
        Lay("config.py", Path.Combine(own, "config.py"));
        Lay("start.py", Path.Combine(own, "start.py"));
        Lay("custom.js", Path.Combine(custom, "custom.js"));
        string requirements = Path.Combine(own, "requirements.txt");
        if (workspace.Settings.Requirements.Count > 0)
            File.WriteAllLines(requirements, workspace.Settings.Requirements);
        else
            File.Delete(requirements);
        return Path.Combine(own, "start.py");
    }

    /// <summary>The secret of the workspace's last session; null where there was none on this machine.</summary>
    public SessionSecret? Read(WorkspaceId id)
    {
        if (_known.TryGetValue(id, out SessionSecret? known))
            return known;
        string file = Path.Combine(Root(id), "session", "session.json");
        try
        {
            return File.Exists(file) && JsonSerializer.Deserialize<SessionSecret>(File.ReadAllBytes(file), JsonSerializerOptions.Web) is { } read ? _known[id] = read : null;
        }
        catch (JsonException)
        {
            return null; // Half a file is what a crash leaves; the next session makes a new one.
        }
    }

    /// <summary>Removes everything of a workspace, the person's files included.</summary>
    public void Delete(WorkspaceId id)
    {
        _known.TryRemove(id, out _);
        if (Directory.Exists(Root(id)))
            Directory.Delete(Root(id), recursive: true);
    }

    private static void Lay(string resource, string path)
    {
        using Stream content = typeof(SessionFiles).Assembly.GetManifestResourceStream("workspaces/" + resource)!;
        using FileStream file = File.Create(path);
        content.CopyTo(file);
    }
}
