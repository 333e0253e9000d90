namespace MLPlatform.Core.Experiments;

/// <summary>Names of tracked files, and what an URI of them means.</summary>
public static class TrackedPath
{
    /// <summary>A path that cannot lead anywhere but below its root.</summary>
    public static string Check(string path)
    {
        string trimmed = path.Trim('/');
        if (trimmed.Length is 0 or > 1024 || trimmed.Any(c => char.IsControl(c) || c is '\\' or '\uFFFD') || trimmed.Split('/').Any(part => part is "" or "." or ".."))
        {
            throw new TrackingException(TrackingRefusal.Invalid, "TRACK-009",
                $"The path '{string.Concat(path.Take(200).Select(c => char.IsControl(c) ? '\u00b7' : c))}' cannot name a file: paths are relative, use '/', and hold no '..', backslash or control character.");
        }
        return trimmed;
    }

    /// <summary>The path that an URI of the platform's own store means, or null for another store's.</summary>
    public static string? Of(string uri)
    {
        if (!uri.StartsWith(Experiment.OwnScheme, StringComparison.Ordinal))
            return null;
        string rest = uri[Experiment.OwnScheme.Length..];
        if (rest.StartsWith('/')) // mlflow-artifacts://host/path
            rest = rest[1..].Split('/', 2) is [_, string below] ? below : "";
        return Check(rest);
    }

    /// <summary>The run that a file belongs to, or null: paths are <c>experiment/run/artifacts/…</c>.</summary>
    public static string? RunOf(string path) => path.Split('/') is [_, string run, "artifacts", ..] ? run : null;
}
