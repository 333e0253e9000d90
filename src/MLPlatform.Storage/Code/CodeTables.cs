using Microsoft.EntityFrameworkCore;

namespace MLPlatform.Storage.Code;

internal sealed class CodeFolderTable
{
    public required string Name { get; init; }
    public required int LatestVersion { get; init; }
}

internal sealed class CodeVersionTable
{
    public required string Name { get; init; }
    public required int Version { get; init; }
    public required string Hash { get; init; }
    public required long Bytes { get; init; }
    public required string MadeBy { get; init; }
    public string? Note { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
}

/// <summary>What an activity of a run was given, so that a retry runs the same code.</summary>
internal sealed class CodePinTable
{
    public required Guid Run { get; init; }
    public required string Activity { get; init; }
    public required string TreeJson { get; init; }
}

internal static class CodeSchema
{
    public static void Map(ModelBuilder model)
    {
        model.Entity<CodeFolderTable>().ToTable("code_folders").HasKey(f => f.Name);
        model.Entity<CodeVersionTable>().ToTable("code_versions").HasKey(v => new { v.Name, v.Version });
        model.Entity<CodePinTable>().ToTable("code_pins").HasKey(p => new { p.Run, p.Activity });
    }
}
