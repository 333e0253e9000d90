using MLPlatform.Core.Runs;

namespace MLPlatform.Core.Expressions;

/// <summary>What evaluating gave.</summary>
public abstract record Evaluation<T>
{
    private Evaluation() { }

    public sealed record Done(T Value) : Evaluation<T>;

    /// <summary>Names the expression, its place and the reason; the code is one of EXPR-nnn.</summary>
    public sealed record Failed(Failure Failure) : Evaluation<T>;
}

/// <summary>How much one evaluation may use.</summary>
public sealed record ExpressionLimits
{
    /// <summary>Wall time of one evaluation; it is tried once more before it fails, as a busy machine is no fault of the expression. Default: 250 ms.</summary>
    public TimeSpan Time { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Default: 200,000.</summary>
    public int Statements { get; init; } = 200_000;

    /// <summary>Bytes allocated. Default: 64 MiB.</summary>
    public long MemoryBytes { get; init; } = 64 << 20;

    /// <summary>Default: 64 calls deep.</summary>
    public int Recursion { get; init; } = 64;
}

/// <summary>Carries a failure out of an evaluation; never leaves <see cref="ExpressionEvaluator"/>.</summary>
internal sealed class ExpressionException(string code, string message) : Exception(message)
{
    public string Code { get; } = code;
}
