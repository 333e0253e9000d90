namespace MLPlatform.Core.Datasets;

/// <summary>Decides which versions of a dataset are no longer kept for their own sake.</summary>
public static class Retention
{
    /// <summary>
    /// Versions to give up. One is kept while it is among the newest <see cref="DatasetSettings.KeepVersions"/> or younger than
    /// <see cref="DatasetSettings.KeepDays"/>, where either is declared; the latest is always kept.
    /// </summary>
    /// <param name="versions">All versions, newest first.</param>
    public static IReadOnlyList<DatasetVersion> Expired(DatasetSettings settings, IReadOnlyList<DatasetVersion> versions, DateTimeOffset now)
    {
        if (settings.KeepVersions is null && settings.KeepDays is null)
            return [];
        int newest = Math.Max(1, settings.KeepVersions ?? 1);
        return [.. versions.Skip(newest).Where(v => v.RemovedAt is null && !(settings.KeepDays is { } days && v.CreatedAt > now.AddDays(-days)))];
    }
}
