namespace MLPlatform.Vlps;

/// <summary>What kind of thing is wrong, for callers that map problems to codes of their own.</summary>
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

    /// <summary>An option is out of range.</summary>
    Option,

    /// <summary>Weights became infinite or not a number.</summary>
    Diverged,

    /// <summary>A file is not what it should be: damaged, cut short or of another format.</summary>
    BadFile,

    /// <summary>There is not enough memory, or an index cannot grow further.</summary>
    Memory,

    /// <summary>A shard or worker of a training over several processes cannot be reached, or refuses to go on.</summary>
    Shard,
}

/// <summary>A problem of the input, in words for a person.</summary>
public sealed class VlpsException(VlpsProblem problem, string message, Exception? inner = null) : Exception(message, inner)
{
    public VlpsProblem Problem { get; } = problem;
}
