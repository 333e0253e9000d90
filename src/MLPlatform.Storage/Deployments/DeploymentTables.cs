using Microsoft.EntityFrameworkCore;

namespace MLPlatform.Storage.Deployments;

internal sealed class DeploymentTable
{
    public required string Name { get; init; }
    public required int Revision { get; init; }
    public required string SpecJson { get; init; }
    public required string ChangedBy { get; init; }
    public required DateTimeOffset ChangedAt { get; init; }
}

internal sealed class DeploymentChangeTable
{
    public long Id { get; init; }
    public required string Name { get; init; }
    public required int Revision { get; init; }
    public required string Action { get; init; }
    public required string ChangedBy { get; init; }
    public required DateTimeOffset ChangedAt { get; init; }
    public string? Reason { get; init; }
    public string? FiguresJson { get; init; }
    public string? SpecJson { get; init; }
    public string? Attempt { get; init; }
}

internal static class DeploymentSchema
{
    public static void Map(ModelBuilder model)
    {
        model.Entity<DeploymentTable>().ToTable("deployments").HasKey(d => d.Name);
        model.Entity<DeploymentChangeTable>(t =>
        {
            t.ToTable("deployment_changes").HasKey(c => c.Id);
            t.HasIndex(c => new { c.Name, c.Id });
            t.HasIndex(c => new { c.Name, c.Attempt });
        });
    }
}
