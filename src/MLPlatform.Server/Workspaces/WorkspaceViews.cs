using MLPlatform.Core.Pipelines;
using MLPlatform.Core.Workspaces;

namespace MLPlatform.Server.Workspaces;

/// <summary>A workspace to create.</summary>
/// <param name="Name">Unique among your own.</param>
/// <param name="Group">The group whose quota its sessions use.</param>
/// <param name="Owner">Whose it is. Default: you; admins may name another.</param>
/// <param name="Pool">The pool. Default: the default pool.</param>
/// <param name="Cpu">Cores. Default: 1.</param>
/// <param name="Memory">Memory, such as 4Gi. Default: no limit of its own.</param>
/// <param name="Gpu">GPUs. Default: none.</param>
/// <param name="IdleLimit">How long nothing may use a session before it is reclaimed, as an ISO 8601 duration. Default: the setting Workspaces:IdleLimit.</param>
/// <param name="Requirements">Packages for the workspace's own environment, as lines of a requirements file.</param>
public sealed record NewWorkspace(
    string Name, string? Group = null, string? Owner = null, string? Pool = null, string? Cpu = null, string? Memory = null, string? Gpu = null, string? IdleLimit = null,
    IReadOnlyList<string>? Requirements = null);

/// <summary>A workspace.</summary>
/// <param name="State">starting, ready, warned, closing or stopped.</param>
/// <param name="Because">Why the last session ended, or is ending.</param>
/// <param name="End">requested, idle, exited or failed; absent while a session runs.</param>
/// <param name="Run">The run of the session, also of the last one: its log, usage and history.</param>
/// <param name="ActiveAt">When the session was last seen in use.</param>
/// <param name="ActiveBy">By what.</param>
/// <param name="ReclaimAt">When it is reclaimed unless something uses it: the warning.</param>
/// <param name="Documents">What was open when the last session was closed.</param>
/// <param name="Address">Where it is, below the server's address.</param>
public sealed record WorkspaceView(
    Guid Id, string Name, string Owner, string Group, string State, string? Because, SessionEnd? End, Guid Run, DateTimeOffset? ActiveAt, string? ActiveBy, DateTimeOffset? ReclaimAt,
    IReadOnlyList<OpenDocument> Documents, WorkspaceAsk Asks, string Address, DateTimeOffset CreatedAt)
{
    internal static WorkspaceView From(Workspace w)
    {
        (string? because, SessionEnd? end) = w.State switch
        {
            WorkspaceState.Closing c => (c.Because, (SessionEnd?)c.End),
            WorkspaceState.Stopped s => (s.Because, s.End),
            _ => (null, null),
        };
        (DateTimeOffset? at, string? by, DateTimeOffset? reclaim) = w.State switch
        {
            WorkspaceState.Ready r => (r.ActiveAt, r.ActiveBy, null),
            WorkspaceState.Warned x => (x.ActiveAt, x.ActiveBy, (DateTimeOffset?)x.ReclaimAt),
            _ => ((DateTimeOffset?)null, (string?)null, (DateTimeOffset?)null),
        };
        return new(w.Id.Value, w.Name, w.Owner, w.Group, NameOf(w.State), because, end, w.State.Run.Value, at, by, reclaim, w.Documents, WorkspaceAsk.From(w.Settings), SessionFiles.Address(w.Id), w.CreatedAt);
    }

    internal static string NameOf(WorkspaceState state) => state.GetType().Name.ToLowerInvariant();
}

/// <summary>What a workspace's sessions ask for.</summary>
/// <param name="IdleLimit">As an ISO 8601 duration.</param>
public sealed record WorkspaceAsk(string? Pool, string Cpu, string? Memory, string? Gpu, string IdleLimit, IReadOnlyList<string> Requirements)
{
    internal static WorkspaceAsk From(WorkspaceSettings s) => new(s.Pool, s.Cpu, s.Memory, s.Gpu, IsoDuration.Print(s.IdleLimit), s.Requirements);
}

/// <summary>How to open a workspace.</summary>
/// <param name="Address">For a browser. Where tokens are asked for it holds a ticket, which counts once and for a minute.</param>
public sealed record WorkspaceOpening(string Address);
