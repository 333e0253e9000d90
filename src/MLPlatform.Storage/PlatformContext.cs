using Microsoft.EntityFrameworkCore;
using MLPlatform.Storage.Access;
using MLPlatform.Storage.Alarms;
using MLPlatform.Storage.Bees;
using MLPlatform.Storage.Budgets;
using MLPlatform.Storage.Code;
using MLPlatform.Storage.Datasets;
using MLPlatform.Storage.Deployments;
using MLPlatform.Storage.Elsa;
using MLPlatform.Storage.Experiments;
using MLPlatform.Storage.Features;
using MLPlatform.Storage.Labels;
using MLPlatform.Storage.Lineage;
using MLPlatform.Storage.Pipelines;
using MLPlatform.Storage.Quotas;
using MLPlatform.Storage.Registry;
using MLPlatform.Storage.Retention;
using MLPlatform.Storage.Runs;
using MLPlatform.Storage.Scheduling;
using MLPlatform.Storage.Sweeps;
using MLPlatform.Storage.Triggers;
using MLPlatform.Storage.Workspaces;

namespace MLPlatform.Storage;

/// <summary>The schema of both databases. Rows are read and written with SQL (docs/adr/0003-storage.md); migrations come from here.</summary>
internal abstract class PlatformContext(DbContextOptions options) : DbContext(options)
{
    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        RunSchema.Map(modelBuilder);
        PipelineSchema.Map(modelBuilder);
        GitSyncSchema.Map(modelBuilder);
        RegistrySchema.Map(modelBuilder);
        TriggerSchema.Map(modelBuilder);
        AccessSchema.Map(modelBuilder);
        AlarmSchema.Map(modelBuilder);
        LabelSchema.Map(modelBuilder);
        FeatureSchema.Map(modelBuilder);
        DatasetSchema.Map(modelBuilder);
        LineageSchema.Map(modelBuilder);
        OpenLineageSchema.Map(modelBuilder);
        RetentionSchema.Map(modelBuilder);
        SourceSchema.Map(modelBuilder);
        DeploymentSchema.Map(modelBuilder);
        ExperimentSchema.Map(modelBuilder);
        CodeSchema.Map(modelBuilder);
        SweepSchema.Map(modelBuilder);
        BudgetSchema.Map(modelBuilder);
        QuotaSchema.Map(modelBuilder);
        WorkspaceSchema.Map(modelBuilder);
        ReservationSchema.Map(modelBuilder);
        ElsaSchema.Map(modelBuilder);
    }
}
