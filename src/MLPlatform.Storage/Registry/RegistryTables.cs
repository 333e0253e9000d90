using Microsoft.EntityFrameworkCore;

namespace MLPlatform.Storage.Registry;

internal sealed class ModelTable
{
    public required string Name { get; init; }
    public required int LatestVersion { get; init; }
    public required DateTimeOffset UpdatedAt { get; init; }
}

internal sealed class ModelVersionTable
{
    public required string Model { get; init; }
    public required int Version { get; init; }
    public required string Hash { get; init; }
    public required string Kind { get; init; }
    public required long Bytes { get; init; }
    public required string Attempt { get; init; }
    public required string MetricsJson { get; init; }
    public string? Description { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
}

internal sealed class ModelAliasTable
{
    public required string Model { get; init; }
    public required string Alias { get; init; }
    public required int Version { get; init; }
}

internal sealed class ModelAliasChangeTable
{
    public long Id { get; init; }
    public required string Model { get; init; }
    public required string Alias { get; init; }
    public int? FromVersion { get; init; }
    public required int ToVersion { get; init; }
    public required string ChangedBy { get; init; }
    public required DateTimeOffset ChangedAt { get; init; }
}

/// <summary>What clients of the tracking API keep with a model (version 0) or a version of it.</summary>
internal sealed class ModelNoteTable
{
    public required string Model { get; init; }
    public required int Version { get; init; }
    public string? Description { get; init; }
    public required string TagsJson { get; init; }
    public string? Stage { get; init; }
    public string? Source { get; init; }
    public string? TrackedRun { get; init; }
    public string? LoggedModel { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset UpdatedAt { get; init; }
}

internal static class RegistrySchema
{
    public static void Map(ModelBuilder model)
    {
        model.Entity<ModelTable>().ToTable("models").HasKey(m => m.Name);
        model.Entity<ModelVersionTable>(t =>
        {
            t.ToTable("model_versions").HasKey(v => new { v.Model, v.Version });
            t.HasIndex(v => new { v.Model, v.Attempt }).IsUnique(); // One attempt registers one version, however often it asks.
        });
        model.Entity<ModelNoteTable>().ToTable("model_notes").HasKey(n => new { n.Model, n.Version });
        model.Entity<ModelAliasTable>().ToTable("model_aliases").HasKey(a => new { a.Model, a.Alias });
        model.Entity<ModelAliasChangeTable>(t =>
        {
            t.ToTable("model_alias_changes").HasKey(c => c.Id);
            t.HasIndex(c => new { c.Model, c.Alias, c.Id });
        });
    }
}
