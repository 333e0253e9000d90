namespace MLPlatform.Core.Expressions;

/// <summary>What an expression reads from its scope.</summary>
public enum ReferenceKind
{
    /// <summary><c>activities.NAME.outputs.MEMBER</c>; without a member all outputs.</summary>
    Output,

    /// <summary><c>activities.NAME.status</c>.</summary>
    Status,

    /// <summary><c>parameters.NAME</c>; without a name all parameters.</summary>
    Parameter,

    /// <summary><c>models['NAME'].MEMBER</c>: the artifact under an alias.</summary>
    Model,
    Trigger,
    Run,
    Item,
    Index,
}

/// <param name="Name">The activity, parameter or model; the first member for trigger and run; otherwise empty.</param>
/// <param name="Member">The output or alias, or null.</param>
/// <param name="Position">The character of the expression where it begins, from 0.</param>
public sealed record Reference(ReferenceKind Kind, string Name, string? Member, int Position);

/// <summary>A mistake in an expression that is known without evaluating it.</summary>
/// <param name="Position">The character where it is, from 0: of the expression, or of the whole string for template errors.</param>
public sealed record ExpressionError(string Code, string Message, int Position, string? Hint = null);
