using System.ComponentModel;
using System.Text.Json;
using MLPlatform.Core.Pipelines;
using MLPlatform.Core.Scheduling;
using MLPlatform.Core.Scheduling.Quotas;

namespace MLPlatform.Server.Quotas;

/// <summary>An amount as people write it.</summary>
/// <param name="Cpu">Cores.</param>
/// <param name="Memory">Bytes.</param>
/// <param name="Gpu">Devices.</param>
internal sealed record AmountView(double Cpu, long Memory, double Gpu)
{
    public static AmountView From(Amount amount) => new(amount.MilliCpu / 1000.0, amount.MemoryBytes, amount.MilliGpu / 1000.0);
}

/// <summary>A resources file to apply.</summary>
internal sealed record ApplyResourcesRequest(
    [property: Description("The file: an object, or its text, whose lines diagnostics then name.")] JsonElement File,
    [property: Description("What the file is called, for diagnostics.")] string? FileName = null);

/// <summary>The file that holds.</summary>
internal sealed record ResourcesView(int Version, string AppliedBy, DateTimeOffset AppliedAt, IReadOnlyList<Diagnostic> Warnings, JsonElement? File)
{
    public static ResourcesView From(ResourcesVersion version, IReadOnlyList<Diagnostic> warnings, bool withFile) => new(
        version.Version, version.AppliedBy, version.AppliedAt, warnings, withFile ? JsonElement.Parse(version.Json) : null);
}

/// <summary>The quotas of all groups, and what is used of them.</summary>
/// <param name="Version">The version of the resources file; 0 where none was applied.</param>
internal sealed record QuotasView(int Version, string? AppliedBy, DateTimeOffset? AppliedAt, IReadOnlyList<GroupQuotaView> Quotas);

/// <summary>A group's share of a pool.</summary>
/// <param name="Nominal">With the expansions in force; null for a group without a quota of its own in the pool.</param>
/// <param name="Within">What the group and all below it use.</param>
/// <param name="Expanded">How much of the nominal quota is from expansions.</param>
/// <param name="Borrowed">How much of what is used goes beyond the nominal quota.</param>
internal sealed record GroupQuotaView(
    string Group, string? Parent, string Pool, AmountView? Nominal, AmountView? Expanded, AmountView Used, AmountView Within, AmountView Borrowed,
    AmountDeclaration? BorrowingLimit, AmountDeclaration? LendingLimit, IReadOnlyList<HolderView> Holders);

/// <summary>What an attempt holds.</summary>
internal sealed record HolderView(
    string Run, int Node, int Attempt, string Pipeline, string Person, string Pool, string Machine, AmountView Amount, IReadOnlyList<int> Devices, int Priority, bool Borrowed, DateTimeOffset Since)
{
    public static HolderView From(Allocation a) => new(
        a.Id.Run.ToString(), a.Id.Node, a.Id.Number, a.Pipeline, a.Person, a.Pool, a.Machine, AmountView.From(a.Amount), [.. a.Devices.Select(d => d.Device)], a.Priority, a.Borrowed, a.Since);
}

/// <summary>More quota for a while.</summary>
internal sealed record ExpandRequest(
    string Group, string Pool,
    [property: Description("How much more.")] AmountDeclaration More,
    [property: Description("When it ends by itself.")] DateTimeOffset Until,
    [property: Description("Why, for everybody to read.")] string Reason,
    [property: Description("When it begins. Default: now.")] DateTimeOffset? From = null,
    [property: Description("Who allowed it. Default: whoever asks.")] string? Approver = null,
    [property: Description("The group whose quota is less by as much meanwhile. Default: none; the pool must have as much unassigned.")] string? Source = null);

/// <summary>An expansion.</summary>
/// <param name="State">coming, inForce or over.</param>
internal sealed record ExpansionView(
    Guid Id, string Group, string Pool, AmountView More, DateTimeOffset From, DateTimeOffset Until, string State, string Reason, string Approver, string? Source,
    string CreatedBy, DateTimeOffset CreatedAt, string? EndedBy)
{
    public static ExpansionView Of(ExpansionRow row, DateTimeOffset now)
    {
        Expansion e = row.Expansion;
        string state = e.IsInForce(now) ? "inForce" : now < e.From ? "coming" : "over";
        return new(e.Id, e.Group, e.Pool, AmountView.From(e.More), e.From, e.Until, state, e.Reason, e.Approver, e.Source, row.CreatedBy, row.CreatedAt, row.EndedBy);
    }
}
