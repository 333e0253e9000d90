using MLPlatform.Core.Pipelines.Git;
using Xunit;

namespace MLPlatform.Tests.Pipelines;

public class GitPathsTests
{
    [Theory]
    [InlineData("flows/a.json", "flows", true)]
    [InlineData("flows/a.json", "/flows/", true)]
    [InlineData("a.json", "", true)]
    [InlineData("flows/deep/a.json", "flows", false)]
    [InlineData("flows/a.json", "", false)]
    [InlineData("flows/a.layout.json", "flows", false)]
    [InlineData("flows/a.schema.json", "flows", false)]
    [InlineData("flows/.json", "flows", false)]
    [InlineData("flows/a.yaml", "flows", false)]
    public void A_pipeline_file_is_json_in_the_folder_itself(string path, string folder, bool isOne) => Assert.Equal(isOne, GitPaths.IsPipeline(path, folder));

    [Fact]
    public void A_layout_lies_beside_its_pipeline()
    {
        Assert.Equal("flows/a.b.layout.json", GitPaths.LayoutOf("flows/a.b.json"));
        Assert.Equal("flows/a.b.json", GitPaths.PipelineOf("flows/a.b.layout.json", "flows"));
        Assert.Equal("flows/a.json", GitPaths.PipelineOf("flows/a.json", "flows"));
        Assert.Null(GitPaths.PipelineOf("README.md", ""));
    }

    [Theory]
    [InlineData("flows/a-b_c.1.json", true)]
    [InlineData("flows/../a.json", false)]
    [InlineData("flows/.a.json", false)]
    [InlineData("flows/-a.json", false)]
    [InlineData("flows/a b.json", false)]
    [InlineData("flows/a\n.json", false)]
    [InlineData("/flows/a.json", false)]
    public void Only_plain_names_are_written_to(string path, bool may) => Assert.Equal(may, GitPaths.IsWritable(path, "flows"));
}
