namespace MLPlatform.Core.Scheduling.Admission;

/// <summary>Who asks: a node of a run, a workspace, a job of a trace. The scheduler only compares it.</summary>
public readonly record struct WorkId(Guid Run, int Node)
{
    /// <summary>For what has a number and no run.</summary>
    public static WorkId Of(int number) => new(Guid.Empty, number);

    public override string ToString() => Run == Guid.Empty ? $"{Node}" : $"{Run:N}/{Node}";
}
