using Xunit;

namespace MLPlatform.IntegrationTests;

/// <summary>Where the files of the repository lie that tests read.</summary>
internal static class Repository
{
    /// <summary>The folder that holds MLPlatform.sln.</summary>
    public static string Root { get; } = FindRoot();

    public static string File(string path) => Path.Combine(Root, path);

    /// <summary>Public data beside the repository (<c>../shared</c>, or MLP_SHARED); the test is skipped where it is not.</summary>
    public static string Shared(string path)
    {
        string root = Environment.GetEnvironmentVariable("MLP_SHARED") ?? Path.GetFullPath(Path.Combine(Root, "..", "shared"));
        string full = Path.Combine(root, path);
        if (!Path.Exists(full))
            Assert.Skip($"{path} is not among the shared data");
        return full;
    }

    private static string FindRoot()
    {
        for (string? folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (System.IO.File.Exists(Path.Combine(folder, "MLPlatform.sln")))
                return folder;
        }
        throw new InvalidOperationException($"no folder above {AppContext.BaseDirectory} holds MLPlatform.sln");
    }
}
