using MLPlatform.Engine.Artifacts;
using Xunit;

namespace MLPlatform.Tests.Artifacts;

public sealed class FileFingerprintsTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("mlp-test-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Theory]
    [InlineData("2011/06/day.csv")]
    [InlineData("2011/06")]
    [InlineData("2011/06/*.csv")]
    [InlineData("2011/*/day.csv")]
    [InlineData("**/*.csv")]
    [InlineData("2011/06/{day,night}.csv")]
    public async Task A_changed_file_changes_the_fingerprint_of_every_path_that_names_it(string path)
    {
        CancellationToken cancel = TestContext.Current.CancellationToken;
        string file = Path.Combine(_root, "2011", "06", "day.csv");
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        await File.WriteAllTextAsync(file, "a\n1\n", cancel);
        string before = await new FileFingerprints().OfAsync(Path.Combine(_root, path), cancel);
        string again = await new FileFingerprints().OfAsync(Path.Combine(_root, path), cancel);

        await File.WriteAllTextAsync(file, "a\n2\n", cancel);

        Assert.Equal(before, again);
        Assert.NotEqual(before, await new FileFingerprints().OfAsync(Path.Combine(_root, path), cancel));
    }
}
