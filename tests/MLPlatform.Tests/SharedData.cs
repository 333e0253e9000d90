using Xunit;

namespace MLPlatform.Tests;

/// <summary>Public data beside the repository (<c>../shared</c>, or MLP_SHARED); tests that need it skip where it is not.</summary>
internal static class SharedData
{
    private static readonly string Root =
        Environment.GetEnvironmentVariable("MLP_SHARED") ?? Path.GetFullPath(Path.Combine(RepositoryFiles.Root, "..", "shared"));

    /// <summary>The path of a file or folder; the test is skipped if it is not there.</summary>
    public static string File(string relative)
    {
        string path = Path.Combine(Root, relative);
        if (!Path.Exists(path))
            Assert.Skip($"{relative} is not among the shared data");
        return path;
    }
}
