using Xunit;

namespace MLPlatform.Tests.Kubernetes;

/// <summary>Committed files that say what is written.</summary>
internal static class Golden
{
    public static void Is(string name, string text)
    {
        string file = Path.Combine(RepositoryFiles.Root, "tests/MLPlatform.Tests/Kubernetes/Goldens", name);
        if (RepositoryFiles.Update)
            File.WriteAllText(file, text);
        Assert.True(File.Exists(file) && File.ReadAllText(file) == text, $"{name} is not what is written: run the fast tests once with MLP_UPDATE=1 and look at the difference");
    }
}
