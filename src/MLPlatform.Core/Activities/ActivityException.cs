using MLPlatform.Core.Runs;

namespace MLPlatform.Core.Activities;

/// <summary>A failure that a person can act on: what failed, where and why, what to do, and a stable code.</summary>
public sealed class ActivityException(string code, string message, FailureKind kind = FailureKind.User, Exception? inner = null)
    : Exception(message, inner)
{
    /// <summary>A stable code from docs/diagnostics.md, for example <c>DATA-004</c>.</summary>
    public string Code { get; } = code;

    public FailureKind Kind { get; } = kind;
}
