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
public sealed record Failure(FailureKind Kind, string Code, string Message);
