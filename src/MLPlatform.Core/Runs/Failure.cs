using System.Text.Json.Serialization;

namespace MLPlatform.Core.Runs;

/// <summary>Whose fault a failure is; retries are counted per kind.</summary>
public enum FailureKind
{
    /// <summary>The code or its input is wrong.</summary>
    User,

    /// <summary>Out of memory, out of disk, evicted or pre-empted.</summary>
    Resource,

    /// <summary>A process, node or store was lost.</summary>
    Infrastructure,

    /// <summary>The attempt ran longer than allowed.</summary>
    Timeout,

    /// <summary>A person or a policy stopped it.</summary>
    Cancelled,
}

/// <summary>Why an attempt failed, in words for a person and with a stable code.</summary>
/// <param name="Code">A code from docs/diagnostics.md, for example <c>EXEC-003</c>.</param>
public sealed record Failure(FailureKind Kind, string Code, string Message)
{
    /// <summary>Whether the same inputs would fail in the same way, so that no retry is spent on it. Default: false.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool IsFinal { get; init; }
}

/// <summary>A failure that is nobody's: the machine was needed for other work, so the node waits again at once and no retry is used up.</summary>
public static class Preempted
{
    /// <summary>What tells it apart from other failures, also on replay.</summary>
    public const string Code = "QUOTA-020";

    /// <param name="why">By whom and for what, in a person's words.</param>
    public static Failure Because(string why) => new(FailureKind.Resource, Code, why);

    public static bool Is(Failure? failure) => failure is { Kind: FailureKind.Resource, Code: Code };
}
