namespace MLPlatform.Vlps;

/// <summary>What kind of thing is wrong.</summary>
public enum VlpsProblem
{
    /// <summary>A column that is asked for is not in the table.</summary>
    MissingColumn,

    /// <summary>A column's type does not fit what it is used for.</summary>
    ColumnType,

    /// <summary>A feature declaration or a fitted specification makes no sense.</summary>
    Specification,

    /// <summary>The label column cannot be read as 0 and 1.</summary>
    Label,

    /// <summary>There is nothing to learn from: no rows, or one class only.</summary>
    NoSignal,

    /// <summary>An option is out of range, or contradicts another one.</summary>
    Option,

    /// <summary>Weights became infinite or not a number.</summary>
    Diverged,

    /// <summary>A file is not what it should be: damaged, cut short or of another format.</summary>
    BadFile,

    /// <summary>There is not enough memory, or an index cannot grow further.</summary>
    Memory,

    /// <summary>A model of two towers is asked for what it does not give, or another model for towers.</summary>
    Towers,

    /// <summary>A training goes on from a model, and another one is declared.</summary>
    OtherModel,

    /// <summary>A shard or worker of a training over several processes cannot be reached, or refuses to go on.</summary>
    Shard,
}

/// <summary>A problem of the input, in words for a person.</summary>
public sealed class VlpsException : Exception
{
    public VlpsException(VlpsProblem problem, string message, Exception? inner = null)
        : base(message, inner) => (Problem, Code) = (problem, CodeOf(problem));

    /// <summary>Mistakes of a declaration, by the code of the first one.</summary>
    internal VlpsException(string code, string message)
        : base(message) => (Problem, Code) = (VlpsProblem.Option, code);

    public VlpsProblem Problem { get; }

    /// <summary>Stable, and the same whoever tells it; docs/diagnostics/ml.md and vlps.md list them.</summary>
    public string Code { get; }

    private static string CodeOf(VlpsProblem problem) => problem switch
    {
        VlpsProblem.MissingColumn => "ML-001",
        VlpsProblem.ColumnType => "ML-002",
        VlpsProblem.Specification => "ML-003",
        VlpsProblem.Label => "ML-004",
        VlpsProblem.NoSignal => "ML-005",
        VlpsProblem.Option => "ML-006",
        VlpsProblem.Diverged => "ML-007",
        VlpsProblem.BadFile => "ML-008",
        VlpsProblem.Memory => "ML-011",
        VlpsProblem.Towers => "ML-020",
        VlpsProblem.Shard => "ML-018",
        VlpsProblem.OtherModel => "ML-019",
        _ => throw new ArgumentOutOfRangeException(nameof(problem), problem, "a problem without a code"),
    };
}
