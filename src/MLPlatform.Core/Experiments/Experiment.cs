namespace MLPlatform.Core.Experiments;

/// <summary>A set of tracked runs that are comparable.</summary>
/// <param name="Id">0 is the experiment of runs that name none.</param>
/// <param name="ArtifactLocation">Where the files of its runs go, as its maker said; null for the platform's own store.</param>
public sealed record Experiment(
    long Id, string Name, string? ArtifactLocation, Lifecycle Stage, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt, IReadOnlyDictionary<string, string> Tags)
{
    /// <summary>The URI scheme of the platform's own store of tracked files.</summary>
    public const string OwnScheme = "mlflow-artifacts:/";

    /// <summary>Where the files of its runs go.</summary>
    public string ArtifactUri => ArtifactLocation ?? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{OwnScheme}{Id}");

    /// <summary>Where the files of one run go.</summary>
    public string ArtifactUriOf(string run) => $"{ArtifactUri.TrimEnd('/')}/{run}/artifacts";
}

/// <summary>Whether a thing is shown; what was deleted can be restored.</summary>
public enum Lifecycle
{
    Active,
    Deleted,
}

/// <summary>Which of them a search shows.</summary>
public enum LifecycleView
{
    Active,
    Deleted,
    All,
}
