using MLPlatform.Activities.Samples;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Pipelines;
using Xunit;

namespace MLPlatform.Tests.Pipelines;

/// <summary>Every pipeline that ships compiles without a word.</summary>
public sealed class ShippedPipelineTests
{
    private static readonly ActivityCatalog Catalog = ActivityCatalog.FromAssemblies(typeof(SimulateAppStore).Assembly);

    public static TheoryData<string> Files => [.. Shipped().Select(file => Path.GetRelativePath(RepositoryFiles.Root, file))];

    [Theory, MemberData(nameof(Files))]
    public void It_compiles_without_a_word(string file)
    {
        CompileResult result = PipelineCompiler.Compile(File.ReadAllBytes(Path.Combine(RepositoryFiles.Root, file)), file, Catalog);
        Assert.Empty(result.Diagnostics.Select(d => d.ToString()));
        Assert.NotNull(result.Pipeline);
    }

    [Fact]
    public void Every_sample_has_a_page_and_a_pipeline()
    {
        foreach (string sample in Directory.GetDirectories(Path.Combine(RepositoryFiles.Root, "samples")))
        {
            Assert.True(File.Exists(Path.Combine(sample, "README.md")), $"{sample} has no README.md");
            Assert.True(File.Exists(Path.Combine(sample, "pipeline.json")), $"{sample} has no pipeline.json");
        }
    }

    private static IEnumerable<string> Shipped() =>
        Directory.GetFiles(Path.Combine(RepositoryFiles.Root, "workflows"), "*.json")
            .Where(file => !file.EndsWith(".schema.json", StringComparison.Ordinal))
            .Concat(Directory.GetFiles(Path.Combine(RepositoryFiles.Root, "samples"), "pipeline.json", SearchOption.AllDirectories))
            .Order(StringComparer.Ordinal);
}
