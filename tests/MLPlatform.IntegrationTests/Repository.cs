namespace MLPlatform.IntegrationTests;

/// <summary>Where the files of the repository lie that tests read.</summary>
internal static class Repository
{
    /// <summary>The folder that holds MLPlatform.sln.</summary>
    public static string Root { get; } = FindRoot();

    public static string File(string path) => Path.Combine(Root, path);

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
