using MLPlatform.Core.Pipelines;
using Xunit;

namespace MLPlatform.Tests.Pipelines;

public sealed class FileGlobTests
{
    [Theory]
    [InlineData("/data/*.csv", "a.csv", true)]
    [InlineData("/data/*.csv", "sub/a.csv", false)]
    [InlineData("/data/*.csv", "acsv", false)]
    [InlineData("/data/**/*.csv", "a.csv", true)]
    [InlineData("/data/**/*.csv", "x/y/a.csv", true)]
    [InlineData("/data/2011-0?-*/a.csv", "2011-06-01/a.csv", true)]
    [InlineData("/data/2011-0?-*/a.csv", "2011-12-01/a.csv", false)]
    [InlineData("/data/{bts,random}_men.csv.gz", "random_men.csv.gz", true)]
    [InlineData("/data/{bts,random}_men.csv.gz", "women_men.csv.gz", false)]
    [InlineData("/data/a+(b)*.csv", "a+(b)1.csv", true)]
    public void A_glob_matches_what_it_says(string glob, string file, bool matches)
    {
        FileGlob parsed = FileGlob.Parse(glob)!;

        Assert.Equal("/data/", parsed.Folder);
        Assert.Equal(matches, parsed.Matches(file));
    }

    [Fact]
    public void A_path_without_wildcards_is_no_glob() => Assert.Null(FileGlob.Parse("/data/a.csv"));
}
