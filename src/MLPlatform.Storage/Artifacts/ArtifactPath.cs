using MLPlatform.Core.Activities;

namespace MLPlatform.Storage.Artifacts;

/// <summary>What a file inside an artifact may be called.</summary>
internal static class ArtifactPath
{
    /// <summary>Refuses names that would leave the artifact or that not every system can hold.</summary>
    public static string Check(string path)
    {
        if (path.Length == 0 || path.Length > 1024 || path.Any(c => char.IsControl(c) || c is '\\' or '\uFFFD')
            || path.Split('/').Any(part => part is "" or "." or ".."))
            throw new ActivityException("STORE-002",
                $"The file name '{Printable(path)}' cannot be part of an artifact: names are relative, use '/', and hold no '..', "
                + "backslash, control character or bytes that are not UTF-8. Rename the file.");
        return path;
    }

    private static string Printable(string path) =>
        string.Concat(path.Take(200).Select(c => char.IsControl(c) ? $"\\u{(int)c:x4}" : c.ToString()));
}
