using MLPlatform.Core.Pipelines;
using MLPlatform.Core.Scheduling;
using MLPlatform.Core.Scheduling.Admission;
using MLPlatform.Core.Scheduling.Placement;
using MLPlatform.Core.Scheduling.Quotas;

namespace MLPlatform.Tests.Scheduling.Admission;

/// <summary>A scheduler with nodes and quotas, and words for what happens to it.</summary>
internal sealed class Setting
{
    public static readonly DateTimeOffset Start = new(2026, 1, 5, 8, 0, 0, TimeSpan.Zero);

    public Setting(AdmissionSettings? settings = null) => Scheduler = new Scheduler(settings);

    public Scheduler Scheduler { get; }

    public DateTimeOffset Now { get; set; } = Start;

    public static NodeAsk Gpus(int count, int cores = 1) => new(cores * 1000, 0, count, count == 0 ? 0 : 1000, "");

    public static NodeAsk Part(int milliGpu) => new(0, 0, 1, milliGpu, "");

    public static NodeAsk Cores(double cores) => new((int)(cores * 1000), 0, 0, 0, "");

    public Setting Nodes(int count, int gpus = 8, int cores = 64, string model = "A", string pool = "default", Func<int, Dictionary<string, string>>? labels = null)
    {
        for (int i = 0; i < count; i++)
            Scheduler.AddNode(pool, new SchedulerNode($"{model}{i:000}", new NodeKind(cores * 1000, 1 << 20, gpus, gpus == 0 ? "" : model), labels?.Invoke(i) ?? []));
        return this;
    }

    public Setting Quotas(params (string Group, GroupDeclaration Declared)[] groups)
    {
        Scheduler.SetTree(QuotaTree.Of(File(groups), [], Now));
        return this;
    }

    public static ResourcesFile File(params (string Group, GroupDeclaration Declared)[] groups) =>
        new() { Groups = groups.ToDictionary(g => g.Group, g => g.Declared) };

    public static GroupDeclaration Group(double gpus, double? borrow = null, double? lend = null, string? parent = null, double weight = 1, string pool = "default") => new()
    {
        Parent = parent,
        Weight = weight,
        Quotas = new Dictionary<string, QuotaDeclaration>
        {
            [pool] = new() { Nominal = Of(gpus), BorrowingLimit = borrow is { } b ? Of(b) : null, LendingLimit = lend is { } l ? Of(l) : null },
        },
    };

    public static AmountDeclaration Of(double gpus) => new() { Gpu = new Quantity((decimal)gpus) };

    public Setting Wait(int id, NodeAsk ask, string group = "", int members = 1, int priority = 0, TimeSpan? runs = null, string person = "", Gang? gang = null,
        double order = 0, bool preemptible = true, string pool = "default", string[]? overflow = null, Guid? reservation = null)
    {
        Scheduler.Enqueue(new Work
        {
            Id = WorkId.Of(id),
            Gang = gang ?? Gang.Of(ask, members),
            Group = group,
            Person = person,
            Priority = priority,
            RunTime = runs,
            Since = Now,
            Order = order,
            Preemptible = preemptible,
            Pool = pool,
            Overflow = overflow ?? [],
            Reservation = reservation,
        });
        return this;
    }

    public Setting End(params int[] ids)
    {
        foreach (int id in ids)
            Scheduler.Ended(WorkId.Of(id));
        return this;
    }

    public Setting After(double seconds)
    {
        Now = Now.AddSeconds(seconds);
        return this;
    }

    public AdmissionPlan Decide() => Scheduler.Decide(Now);

    /// <summary>Decides; gives the numbers of what starts.</summary>
    public int[] Starts() => [.. Decide().Admissions.Select(a => a.Work.Id.Node)];

    public WaitReason? Why(int id) => Scheduler.Why(WorkId.Of(id), Now);
}
