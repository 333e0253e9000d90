using System.Text.Json;
using MLPlatform.Core.Deployments;
using MLPlatform.Server.Describe;

namespace MLPlatform.Server.Deployments;

/// <summary>A deployment.</summary>
/// <param name="Previous">The champion before, where a rollback goes.</param>
/// <param name="Candidates">Versions beside the champion.</param>
/// <param name="Serving">The revision that this server serves; absent where none is loaded.</param>
/// <param name="PolicyWaits">What its policy waits for; absent without one, on servers that do not keep its figures, and until the next look.</param>
/// <param name="Problem">Why the newest revision is not served.</param>
public sealed record DeploymentView(
    string Name, int Revision, string Model, int Champion, int? Previous, IReadOnlyList<Candidate> Candidates, ServingSettings Settings,
    PromotionPolicy? Policy, string ChangedBy, DateTimeOffset ChangedAt, int? Serving, string? Problem, string? PolicyWaits)
{
    internal static DeploymentView From(Deployment d, ServingTable table, PolicyWaits waits) => new(
        d.Name, d.Revision, d.Spec.Model, d.Spec.Champion, d.Spec.Previous, d.Spec.Candidates, d.Spec.Settings,
        d.Spec.Policy, d.ChangedBy, d.ChangedAt, table.Serving(d.Name)?.Revision, table.ProblemOf(d.Name), waits.Of(d));
}

/// <summary>A change of a deployment.</summary>
/// <param name="Figures">What it was decided by, where the platform decided.</param>
/// <param name="Spec">What it was changed to; absent where it was deleted.</param>
public sealed record DeploymentRevisionView(
    long Number, int Revision, string Action, string By, DateTimeOffset At, string? Reason, JsonElement? Figures, DeploymentSpec? Spec)
{
    internal static DeploymentRevisionView From(DeploymentRevision r) => new(
        r.Number, r.Revision, r.Action, r.By, r.At, r.Reason, RawJson.Read(r.FiguresJson), r.Spec);
}

/// <summary>A version to serve.</summary>
/// <param name="Model">The registered model. Default: the one that the deployment serves, else named like the deployment.</param>
/// <param name="Role">Default: champion.</param>
/// <param name="Percent">The share of a candidate. Default: 10 for a canary, 50 for a challenger, 100 for a shadow.</param>
public sealed record DeployRequest(
    int Version, string? Model = null, ServingRole? Role = null, double? Percent = null, ServingSettings? Settings = null, string? Reason = null);

/// <summary>A candidate.</summary>
/// <param name="Version">Default for promoting: the canary, else the only challenger.</param>
public sealed record CandidateRequest(int? Version = null, string? Reason = null);

/// <summary>Why, for the history.</summary>
public sealed record ReasonRequest(string? Reason = null);

/// <summary>A policy, or null for none.</summary>
public sealed record PolicyRequest(PromotionPolicy? Policy, string? Reason = null);
