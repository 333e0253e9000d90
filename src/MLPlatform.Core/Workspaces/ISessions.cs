using MLPlatform.Core.Runs;

namespace MLPlatform.Core.Workspaces;

/// <summary>The notebook servers of sessions on this machine.</summary>
public interface ISessions
{
    /// <summary>Makes the folder ready, before the run of the session starts; safe to repeat.</summary>
    /// <returns>The inputs of the session's activity.</returns>
    Task<SessionOrder> PrepareAsync(Workspace workspace, RunId session, CancellationToken cancel);

    /// <summary>One look; null where the notebook server does not answer yet. One that has answered before is judged by what it uses.</summary>
    Task<SessionActivity?> SeeAsync(Workspace workspace, RunId session, CancellationToken cancel);

    /// <summary>Keeps a checkpoint of each open notebook, tells what is open, and shuts the kernels down; null where the notebook server does not answer.</summary>
    Task<IReadOnlyList<OpenDocument>?> CloseAsync(Workspace workspace, CancellationToken cancel);

    /// <summary>Opens again what was open: a kernel for every notebook that is still there.</summary>
    Task ReopenAsync(Workspace workspace, CancellationToken cancel);

    /// <summary>Says in a person's words what stands in the way of the session, or null.</summary>
    Task<string?> WhyFailedAsync(Workspace workspace, RunId session, CancellationToken cancel);
}

/// <summary>Where a session finds what it needs. Nothing secret: the secret is in the files.</summary>
/// <param name="Folder">The person's files.</param>
/// <param name="Launcher">The program that starts the notebook server.</param>
/// <param name="Python">The interpreter that has Jupyter.</param>
public sealed record SessionOrder(string Folder, string Launcher, string Python);
