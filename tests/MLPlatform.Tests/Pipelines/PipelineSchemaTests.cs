using MLPlatform.Activities.Control;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Pipelines;
using Xunit;

namespace MLPlatform.Tests.Pipelines;

public sealed class PipelineSchemaTests
{
    private static readonly ActivityCatalog Shipped = ActivityCatalog.FromAssemblies(typeof(Noop).Assembly);

    [Fact]
    public void The_committed_schema_is_what_the_types_say()
    {
        string file = Path.Combine(RepositoryFiles.Root, "workflows", "pipeline.schema.json");
        string generated = PipelineSchema.Generate(Shipped);
        if (RepositoryFiles.Update)
            File.WriteAllText(file, generated);
        Assert.True(File.ReadAllText(file) == generated, "workflows/pipeline.schema.json is out of date: run the fast tests once with MLP_UPDATE=1");
    }

    [Fact]
    public void Every_shipped_activity_and_its_inputs_can_be_described() =>
        Assert.All(Shipped.All, a => Assert.Contains($"\"inputs.{a.Type}\"", PipelineSchema.Generate(Shipped), StringComparison.Ordinal));
}
