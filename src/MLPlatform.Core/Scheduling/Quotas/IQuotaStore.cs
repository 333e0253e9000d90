using MLPlatform.Core.Runs;

namespace MLPlatform.Core.Scheduling.Quotas;

/// <summary>The resources file that holds, expansions of quotas, and what attempts hold of which machine.</summary>
public interface IQuotaStore
{
    /// <summary>Makes the file the one that holds; the same text again is the same version.</summary>
    Task<ResourcesVersion> ApplyAsync(string json, string by, CancellationToken cancel);

    /// <summary>The version, or the newest; null where there is none.</summary>
    Task<ResourcesVersion?> FindAsync(int? version, CancellationToken cancel);

    /// <summary>Versions, newest first.</summary>
    Task<IReadOnlyList<ResourcesVersion>> ListVersionsAsync(int limit, CancellationToken cancel);

    /// <summary>Adds an expansion; one with the same id is left as it is.</summary>
    Task AddExpansionAsync(Expansion expansion, string by, CancellationToken cancel);

    /// <summary>Ends an expansion now; null where there is none, unchanged where it is over.</summary>
    Task<ExpansionRow?> EndExpansionAsync(Guid id, string by, CancellationToken cancel);

    /// <summary>Expansions whose end comes after an instant, soonest first.</summary>
    Task<IReadOnlyList<ExpansionRow>> ListExpansionsAsync(DateTimeOffset endingAfter, CancellationToken cancel);

    /// <summary>Says what machine a replica works on, and why what it looks after waits; the newest word holds.</summary>
    Task AnnounceAsync(PoolMachine machine, IReadOnlyList<ToldWait> waits, CancellationToken cancel);

    /// <summary>What a replica said last of why its work waits.</summary>
    Task<IReadOnlyList<ToldWait>> ListWaitsAsync(string replica, CancellationToken cancel);

    /// <summary>Machines of replicas that live, by name.</summary>
    Task<IReadOnlyList<PoolMachine>> ListMachinesAsync(CancellationToken cancel);

    /// <summary>Whether other servers may work on the same database, so that quotas have to be decided through it.</summary>
    bool IsShared { get; }

    /// <summary>
    /// Decides while nobody else does: gives what attempts hold now, takes what is to be held from now on, and writes it down in the same transaction.
    /// </summary>
    /// <exception cref="LeaseLostException">The replica was fenced; nothing was written.</exception>
    Task GrantAsync(ReplicaLease lease, Func<IReadOnlyList<Allocation>, Task<IReadOnlyList<Allocation>>> decide, CancellationToken cancel);

    /// <summary>Ends what was granted and never came to hold: for runs that have ended, and for runs that are not there whose server lives no more.</summary>
    /// <param name="starting">A server that begins anew, so that its earlier life is over; null for none.</param>
    Task EndLeftoversAsync(string? starting, CancellationToken cancel);

    /// <summary>What attempts hold now, oldest first.</summary>
    Task<IReadOnlyList<Allocation>> ListAllocationsAsync(CancellationToken cancel);
}

/// <summary>A resources file as it was applied.</summary>
/// <param name="Version">Grows by one with each change, from 1.</param>
/// <param name="Json">The file's text.</param>
public sealed record ResourcesVersion(int Version, string Json, string AppliedBy, DateTimeOffset AppliedAt);

/// <param name="EndedBy">Who ended it before its time; null where it ends by itself.</param>
public sealed record ExpansionRow(Expansion Expansion, string CreatedBy, DateTimeOffset CreatedAt, string? EndedBy);

/// <summary>A part of a device.</summary>
/// <param name="Device">Its index on the machine, from 0.</param>
/// <param name="Milli">Thousandths of it.</param>
public readonly record struct DeviceShare(int Device, int Milli);

/// <summary>What an attempt holds of a machine, from its start to its end.</summary>
/// <param name="Replica">The server that runs it.</param>
/// <param name="Person">Whose it is; empty where the pipeline names no owner.</param>
/// <param name="Borrowed">Whether it goes beyond its group's nominal quota, so that it may be asked back.</param>
public sealed record Allocation(
    AttemptId Id, string Replica, string Pool, string Machine, string Group, string Person, string Pipeline, Amount Amount,
    IReadOnlyList<DeviceShare> Devices, int Priority, bool Preemptible, bool Borrowed, DateTimeOffset Since, DateTimeOffset? EndedAt = null);

/// <summary>A machine that a server found.</summary>
/// <param name="Replica">The server.</param>
/// <param name="Gpus">Models of its devices, by index.</param>
public sealed record PoolMachine(
    string Replica, string Name, long MilliCpu, long MemoryBytes, IReadOnlyList<MachineGpu> Gpus, IReadOnlyDictionary<string, string> Labels)
{
    public Amount Amount => new(MilliCpu, MemoryBytes, 1000L * Gpus.Count);
}

/// <param name="MemoryBytes">Null where it is not told.</param>
public sealed record MachineGpu(int Index, string Model, long? MemoryBytes);
