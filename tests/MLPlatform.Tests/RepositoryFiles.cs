namespace MLPlatform.Tests;

/// <summary>Files of the working tree, for tests that hold committed files current.</summary>
internal static class RepositoryFiles
{
    public static string Root { get; } = Find();

    /// <summary>Whether generated files are to be written rather than compared: MLP_UPDATE=1.</summary>
    public static bool Update => Environment.GetEnvironmentVariable("MLP_UPDATE") == "1";

    private static string Find()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "MLPlatform.sln")))
                return folder.FullName;
        }
        throw new InvalidOperationException("the tests do not run below the folder of MLPlatform.sln");
    }
}
