namespace MLPlatform.Core.Workspaces;

/// <summary>Workspaces. One conformance suite for both databases.</summary>
public interface IWorkspaceStore
{
    /// <summary>Keeps a new workspace; false, and nothing, where its owner has one of that name.</summary>
    Task<bool> AddAsync(Workspace workspace, CancellationToken cancel);

    Task<Workspace?> FindAsync(WorkspaceId id, CancellationToken cancel);

    /// <summary>The newest first.</summary>
    /// <param name="owner">Null: everybody's.</param>
    Task<IReadOnlyList<Workspace>> ListAsync(string? owner, CancellationToken cancel);

    /// <summary>Those whose state is not <see cref="WorkspaceState.Stopped"/>, the oldest first.</summary>
    Task<IReadOnlyList<Workspace>> ListLiveAsync(CancellationToken cancel);

    /// <summary>Writes the state and the documents; false, and nothing, where the workspace is not at this revision any more.</summary>
    Task<bool> CommitAsync(Workspace seen, WorkspaceState state, IReadOnlyList<OpenDocument> documents, CancellationToken cancel);

    /// <summary>Forgets a workspace; false, and nothing, where it is not at this revision any more.</summary>
    Task<bool> RemoveAsync(Workspace seen, CancellationToken cancel);
}
