namespace MLPlatform.Core.Deployments;

/// <summary>What serves versions of a model under a name, and how requests are shared among them.</summary>
/// <param name="Revision">Counts its changes, from 1.</param>
/// <param name="ChangedBy">Who or what made the last change.</param>
public sealed record Deployment(string Name, int Revision, DeploymentSpec Spec, string ChangedBy, DateTimeOffset ChangedAt);

/// <summary>Which versions a deployment serves.</summary>
public sealed record DeploymentSpec
{
    /// <summary>The registered model; all versions are of it.</summary>
    public required string Model { get; init; }

    /// <summary>The version that answers whatever no candidate answers.</summary>
    public required int Champion { get; init; }

    /// <summary>The champion before it, where a rollback goes; null where there is none to go back to.</summary>
    public int? Previous { get; init; }

    /// <summary>Versions beside the champion, each once.</summary>
    public IReadOnlyList<Candidate> Candidates { get; init; } = [];

    public ServingSettings Settings { get; init; } = new();

    /// <summary>When canaries are promoted and given up. Default: null, by people alone.</summary>
    public PromotionPolicy? Policy { get; init; }

    /// <summary>The canary, or null.</summary>
    public Candidate? Canary() => Candidates.FirstOrDefault(c => c.Role == ServingRole.Canary);

    /// <summary>All versions that are served, the champion first.</summary>
    public IEnumerable<int> Versions() => Candidates.Select(c => c.Version).Prepend(Champion);

    /// <summary>What a version is in it, or null where it is not served.</summary>
    public ServingRole? RoleOf(int version) => version == Champion ? ServingRole.Champion : Candidates.FirstOrDefault(c => c.Version == version)?.Role;
}

/// <summary>A version beside the champion.</summary>
/// <param name="Percent">The share of requests it answers, or for a shadow also scores; from above 0 to 100.</param>
public sealed record Candidate(int Version, ServingRole Role, double Percent);

/// <summary>What a version is in a deployment.</summary>
public enum ServingRole
{
    /// <summary>Answers whatever no candidate answers.</summary>
    Champion,

    /// <summary>Answers a fixed share, for as long as a comparison takes.</summary>
    Challenger,

    /// <summary>Answers a share on its way to become the champion; there is one at most.</summary>
    Canary,

    /// <summary>Scores a share of the requests too, and nobody is given its answers.</summary>
    Shadow,
}

/// <summary>How a deployment reads requests.</summary>
public sealed record ServingSettings
{
    /// <summary>The column of the first row whose value decides which version answers, a user id say. Default: the request's key, else its id.</summary>
    public string? KeyColumn { get; init; }

    /// <summary>The column that names what a row is about, for feedback. Default: the row's place in the request, from 0.</summary>
    public string? ItemColumn { get; init; }

    /// <summary>Whether impressions keep the whole row. Default: false.</summary>
    public bool KeepRows { get; init; }

    /// <summary>The type of feedback that makes an impression positive. Default: click.</summary>
    public string Positive { get; init; } = "click";
}
