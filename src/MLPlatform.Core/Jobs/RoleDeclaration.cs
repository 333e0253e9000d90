using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using MLPlatform.Core.Pipelines;

namespace MLPlatform.Core.Jobs;

/// <summary>Processes of one kind in a distributed training: chief, worker, ps.</summary>
public sealed record RoleDeclaration
{
    [Description("How many processes. Default: 1."), Range(1, 1000)]
    public int Count { get; init; } = 1;

    [Description("What each of them runs. Default: the activity's command.")]
    public IReadOnlyList<string>? Command { get; init; }

    [Description("Cores of each: 2, 0.5 or \"500m\". Default: 1.")]
    public Quantity? Cpu { get; init; }

    [Description("Memory of each: \"512Mi\", \"8Gi\". Default: undeclared.")]
    public Quantity? Memory { get; init; }

    [Description("GPUs of each. Default: none.")]
    public Quantity? Gpu { get; init; }

    [Description("Environment variables to add for this role.")]
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    [Description("all: every one of them must succeed; any: one is enough; none: they are stopped when the others are done. Default: all; of ps: none.")]
    public RoleSuccess? Success { get; init; }

    [Description("What the failure of one does. stop: all are stopped and the attempt fails; restart: it is started again, up to restarts times; ignore: nothing. Default: stop.")]
    public RoleFailure Failure { get; init; } = RoleFailure.Stop;

    [Description("How often one process is started again, where failure is restart. Default: 3."), Range(1, 1000)]
    public int Restarts { get; init; } = 3;
}

/// <summary>When a role has done its part.</summary>
public enum RoleSuccess
{
    All,
    Any,
    None,
}

/// <summary>What the failure of one process does.</summary>
public enum RoleFailure
{
    Stop,
    Restart,
    Ignore,
}
