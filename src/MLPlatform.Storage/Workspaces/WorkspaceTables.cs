using Microsoft.EntityFrameworkCore;

namespace MLPlatform.Storage.Workspaces;

internal sealed class WorkspaceTable
{
    public required Guid Id { get; init; }
    public required string Name { get; init; }
    public required string Owner { get; init; }
    public required string OwnerGroup { get; init; }
    public required string SettingsJson { get; init; }
    public required string DocumentsJson { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Grows with every commit: of two decisions about the same picture one is kept.</summary>
    public required long Revision { get; init; }

    /// <summary>The name of the state; all of it is in <see cref="StateJson"/>.</summary>
    public required string Status { get; init; }
    public required string StateJson { get; init; }
}

internal static class WorkspaceSchema
{
    public static void Map(ModelBuilder model) => model.Entity<WorkspaceTable>(t =>
    {
        t.ToTable("workspaces").HasKey(w => w.Id);
        t.HasIndex(w => new { w.Owner, w.Name }).IsUnique();
        t.HasIndex(w => w.Status);
    });
}
