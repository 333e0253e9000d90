using System.Text;
using System.Text.RegularExpressions;
using MLPlatform.Activities.Control;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Pipelines;
using Xunit;

namespace MLPlatform.Tests.Pipelines;

public sealed partial class PipelineFilePageTests
{
    [Fact]
    public void The_example_on_the_page_compiles()
    {
        string page = File.ReadAllText(Path.Combine(RepositoryFiles.Root, "docs", "pipeline-file.md"));
        string example = Assert.Single(Example().Matches(page)).Groups[1].Value;
        ActivityCatalog shipped = ActivityCatalog.FromAssemblies(typeof(Noop).Assembly);
        Assert.Empty(PipelineCompiler.Compile(Encoding.UTF8.GetBytes(example), "pipeline-file.md", shipped).Diagnostics
            .Select(d => d.ToString()));
    }

    [GeneratedRegex(@"```json\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Example();
}
