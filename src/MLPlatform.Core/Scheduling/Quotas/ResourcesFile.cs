using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using MLPlatform.Core.Pipelines;

namespace MLPlatform.Core.Scheduling.Quotas;

/// <summary>The pools of machines and who may use how much of them, as one file in git declares them.</summary>
[Description("Pools of machines, and the groups that share them.")]
public sealed record ResourcesFile
{
    /// <summary>Where work runs that names no pool.</summary>
    public const string DefaultPool = "default";

    [JsonPropertyName("$schema"), Description("Where the JSON Schema is, for editors.")]
    public string? Schema { get; init; }

    [Description("Pools by name. What names no pool runs in 'default', or, where none is called so, in the first that asks for no labels.")]
    public IReadOnlyDictionary<string, PoolDeclaration> Pools { get; init; } = new Dictionary<string, PoolDeclaration>();

    [Description("Groups by name. A run belongs to its pipeline's basic.group; a run of no declared group has no quota and may only borrow.")]
    public IReadOnlyDictionary<string, GroupDeclaration> Groups { get; init; } = new Dictionary<string, GroupDeclaration>();

    [Description("When pipelines move from one pool to another.")]
    public IReadOnlyList<PromotionRule> Promotions { get; init; } = [];

    [Description("Who is told of groups that wait, budgets that are used, and expansions that end.")]
    public IReadOnlyList<QuotaAlarmRule> Alarms { get; init; } = [];

    /// <summary>Whether it declares nothing: then all is as where no file was applied.</summary>
    [JsonIgnore]
    public bool IsEmpty => Pools.Count == 0 && Groups.Count == 0;
}

/// <summary>Machines of one purpose: <c>development</c>, <c>production</c>, <c>performance</c>.</summary>
public sealed record PoolDeclaration
{
    /// <summary>The executor that runs attempts on the machines of servers.</summary>
    public const string Process = "process";

    public string? Description { get; init; }

    [Description("What runs attempts here: process (default), on the machine of the server, or a cluster by its name.")]
    public string Executor { get; init; } = Process;

    [Description("Labels that a machine must have to belong here, by name; machines that no pool asks for belong where work runs that names no pool.")]
    public IReadOnlyDictionary<string, string> Selector { get; init; } = new Dictionary<string, string>();

    [Description("Machines by name, beside those that are found.")]
    public IReadOnlyDictionary<string, NodeDeclaration> Nodes { get; init; } = new Dictionary<string, NodeDeclaration>();

    [Description("Pools that take what finds no room here, in this order.")]
    public IReadOnlyList<string> Overflow { get; init; } = [];
}

/// <summary>A machine that is declared rather than found.</summary>
public sealed record NodeDeclaration
{
    public required Quantity Cpu { get; init; }
    public required Quantity Memory { get; init; }

    [Description("Devices. Default: 0.")]
    public int Gpus { get; init; }

    [Description("The devices' model, such as A100.")]
    public string? GpuModel { get; init; }

    [Description("Labels by name; topology too: zone, rack, host.")]
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();
}

/// <summary>A group of people, or an organisation of groups.</summary>
public sealed record GroupDeclaration
{
    public string? Description { get; init; }

    [Description("The group that this one is a part of, and whose idle quota it may borrow first. Default: none.")]
    public string? Parent { get; init; }

    [Description("Its part of what is shared beyond quotas, beside its siblings' weights. Default: 1."), Range(0.001, 1000)]
    public double Weight { get; init; } = 1;

    [Description("Quotas by pool.")]
    public IReadOnlyDictionary<string, QuotaDeclaration> Quotas { get; init; } = new Dictionary<string, QuotaDeclaration>();

    [Description("What persons may use of it, by name as in basic.owner; others share the group's quota without a bound of their own.")]
    public IReadOnlyDictionary<string, PersonDeclaration> Persons { get; init; } = new Dictionary<string, PersonDeclaration>();

    public BudgetDeclaration? Budget { get; init; }
}

/// <summary>What a group may use of a pool.</summary>
public sealed record QuotaDeclaration
{
    [Description("What it gets back within one grace period whenever it asks. A resource left out is not counted.")]
    public required AmountDeclaration Nominal { get; init; }

    [Description("How much it may use beyond that of what others leave idle. Default: as much as there is.")]
    public AmountDeclaration? BorrowingLimit { get; init; }

    [Description("How much of its idle quota others may use. Default: all of it.")]
    public AmountDeclaration? LendingLimit { get; init; }
}

/// <summary>What a person may use at most of a group's quota.</summary>
public sealed record PersonDeclaration
{
    [Description("Ceilings by pool.")]
    public IReadOnlyDictionary<string, AmountDeclaration> Ceilings { get; init; } = new Dictionary<string, AmountDeclaration>();

    public BudgetDeclaration? Budget { get; init; }
}

/// <summary>Amounts of resources; those left out are not bounded.</summary>
public sealed record AmountDeclaration
{
    public Quantity? Cpu { get; init; }
    public Quantity? Memory { get; init; }
    public Quantity? Gpu { get; init; }

    /// <summary>As an amount; what is left out stands for <paramref name="leftOut"/>.</summary>
    public Amount Or(Amount leftOut) => new(
        Cpu is { } cpu ? (long)Math.Ceiling(cpu.Value * 1000) : leftOut.MilliCpu,
        Memory is { } memory ? (long)Math.Ceiling(memory.Value) : leftOut.MemoryBytes,
        Gpu is { } gpu ? (long)Math.Ceiling(gpu.Value * 1000) : leftOut.MilliGpu);
}

/// <summary>GPU time a calendar month (UTC).</summary>
public sealed record BudgetDeclaration
{
    [Description("GPU hours a month."), Range(0, 1e9)]
    public required double GpuHours { get; init; }

    [Description("What happens once they are used: tell (default) lets work go on and raises the quota alarm; hold lets nothing more begin.")]
    public BudgetExhausted Exhausted { get; init; }
}

/// <summary>What happens when a budget is used up.</summary>
public enum BudgetExhausted
{
    /// <summary>People are told; work goes on.</summary>
    Tell,

    /// <summary>Nothing that uses GPUs begins before the next month, or before the budget is raised.</summary>
    Hold,
}

/// <summary>When a pipeline whose runs are healthy and whose use is reasonable moves to a better pool.</summary>
public sealed record PromotionRule
{
    public required string From { get; init; }
    public required string To { get; init; }

    [Description("Ended runs to look at, the newest. Default: 20."), Range(1, 1000)]
    public int Runs { get; init; } = 20;

    [Description("The most of them that may have failed, from 0 to 1. Default: 0.05."), Range(0, 1)]
    public double MaxFailed { get; init; } = 0.05;

    [Description("The least mean score of their attempts, from 0 to 100. Default: 70."), Range(0, 100)]
    public double MinScore { get; init; } = 70;

    [Description("Whether it is only proposed (default), or done at once.")]
    public PromotionMode Mode { get; init; }
}

/// <summary>Who decides about a promotion.</summary>
public enum PromotionMode
{
    /// <summary>A person, by what is proposed.</summary>
    Propose,

    /// <summary>The rule.</summary>
    Apply,
}
