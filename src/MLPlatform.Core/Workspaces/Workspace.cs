using System.Text.Json.Serialization;
using MLPlatform.Core.Runs;

namespace MLPlatform.Core.Workspaces;

/// <summary>A person's workspace.</summary>
public readonly record struct WorkspaceId(Guid Value)
{
    public override string ToString() => Value.ToString("D");
}

/// <summary>A person's place to develop: a folder that is kept, and a notebook server while a session runs.</summary>
/// <param name="Name">Unique among its owner's.</param>
/// <param name="Owner">Who it belongs to: the person that quotas count.</param>
/// <param name="Group">The group whose quota its sessions use; empty for none.</param>
/// <param name="Documents">What was open when the last session was closed; <c>restore</c> opens it again.</param>
/// <param name="Revision">Grows with every commit.</param>
public sealed record Workspace(
    WorkspaceId Id, string Name, string Owner, string Group, WorkspaceSettings Settings, DateTimeOffset CreatedAt, IReadOnlyList<OpenDocument> Documents,
    long Revision, WorkspaceState State);

/// <summary>Something that was open in a session.</summary>
/// <param name="Path">Relative to the workspace's folder.</param>
/// <param name="Kind"><c>notebook</c>, <c>console</c> or <c>terminal</c>, as Jupyter calls it.</param>
/// <param name="Kernel">The name of its kernel's specification; null where it had none.</param>
public sealed record OpenDocument(string Path, string Kind, string? Kernel);

/// <summary>Why a session ended.</summary>
public enum SessionEnd
{
    /// <summary>Somebody stopped it.</summary>
    Requested,

    /// <summary>It was idle for longer than its limit.</summary>
    Idle,

    /// <summary>It ended by itself: the notebook server was shut down from its own page.</summary>
    Exited,

    /// <summary>It could not start, or was lost.</summary>
    Failed,
}

/// <summary>Where a workspace is. Its folder is kept in all of them.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "state")]
[JsonDerivedType(typeof(Starting), "starting")]
[JsonDerivedType(typeof(Ready), "ready")]
[JsonDerivedType(typeof(Warned), "warned")]
[JsonDerivedType(typeof(Closing), "closing")]
[JsonDerivedType(typeof(Stopped), "stopped")]
public abstract record WorkspaceState
{
    private WorkspaceState() { }

    /// <summary>The run of a session was asked for; the notebook server does not answer yet.</summary>
    public sealed record Starting(RunId Session, DateTimeOffset At) : WorkspaceState;

    /// <summary>The notebook server answers.</summary>
    /// <param name="ActiveAt">When it was last seen in use.</param>
    /// <param name="ActiveBy">What used it then.</param>
    public sealed record Ready(RunId Session, DateTimeOffset Since, DateTimeOffset ActiveAt, string ActiveBy) : WorkspaceState;

    /// <summary>Nothing used it for so long that its owner was told; it is reclaimed unless something does.</summary>
    public sealed record Warned(RunId Session, DateTimeOffset Since, DateTimeOffset ActiveAt, string ActiveBy, DateTimeOffset ReclaimAt) : WorkspaceState;

    /// <summary>Notebooks are kept, kernels shut down, and the run is cancelled.</summary>
    public sealed record Closing(RunId Session, SessionEnd End, string Because, DateTimeOffset At) : WorkspaceState;

    /// <summary>No session runs.</summary>
    /// <param name="Session">The last one.</param>
    public sealed record Stopped(RunId Session, SessionEnd End, string Because, DateTimeOffset At) : WorkspaceState;

    /// <summary>The run of the session, also of the last one.</summary>
    [JsonIgnore]
    public RunId Run => this switch
    {
        Starting s => s.Session,
        Ready s => s.Session,
        Warned s => s.Session,
        Closing s => s.Session,
        Stopped s => s.Session,
        _ => default,
    };

    /// <summary>Whether a session runs, or is about to begin or end.</summary>
    [JsonIgnore]
    public bool IsLive => this is not Stopped;
}
