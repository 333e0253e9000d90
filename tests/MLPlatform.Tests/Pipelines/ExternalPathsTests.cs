using MLPlatform.Core.Pipelines;
using Xunit;

namespace MLPlatform.Tests.Pipelines;

public sealed class ExternalPathsTests
{
    [Theory]
    [InlineData("adult.data", "/w/flows/adult.data")]
    [InlineData("../data/*.csv", "/w/data/*.csv")]
    [InlineData("./x/../y", "/w/flows/y")]
    [InlineData("day/${{ parameters.day }}.csv", "/w/flows/day/${{ parameters.day }}.csv")]
    [InlineData("../in-${{ parameters.day }}/../x", "/w/in-${{ parameters.day }}/../x")]
    [InlineData("log-${{ item }}", "/w/flows/log-${{ item }}")]
    public void A_relative_path_is_relative_to_the_folder(string path, string expected) =>
        Assert.Equal(expected, ExternalPaths.Resolve(path, "/w/flows"));

    [Theory]
    [InlineData("")]
    [InlineData("/data/x.csv")]
    [InlineData("source:appstore")]
    [InlineData("https://example.org/x.csv")]
    [InlineData("${{ parameters.data }}/adult.data")]
    public void What_is_not_a_relative_path_is_left_alone(string path) =>
        Assert.Equal(path, ExternalPaths.Resolve(path, "/w/flows"));

    [Fact]
    public void Without_a_folder_nothing_changes() => Assert.Equal("x.csv", ExternalPaths.Resolve("x.csv", null));
}
