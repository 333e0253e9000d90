using MLPlatform.Core.Jobs;
using Xunit;

namespace MLPlatform.Tests.Jobs;

public sealed class JobSchemaTests
{
    [Theory]
    [InlineData("job.schema.json")]
    [InlineData("framework.schema.json")]
    public void The_committed_schemas_are_what_the_types_say(string name)
    {
        string file = Path.Combine(RepositoryFiles.Root, "workflows", name), generated = name == "job.schema.json" ? JobSchema.Job() : JobSchema.Framework();
        if (RepositoryFiles.Update)
            File.WriteAllText(file, generated);
        Assert.True(File.ReadAllText(file) == generated, $"workflows/{name} is out of date: run the fast tests once with MLP_UPDATE=1");
    }
}
