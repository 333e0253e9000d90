using System.Text.Json.Serialization;

namespace MLPlatform.Executors.Process.Protocol;

/// <summary>What a server tells the supervisor: one JSON object a line, no answer awaited.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "op")]
[JsonDerivedType(typeof(Start), "start")]
[JsonDerivedType(typeof(Stop), "stop")]
[JsonDerivedType(typeof(Retire), "retire")]
internal abstract record ToSupervisor
{
    /// <summary>Makes sure that the attempt runs; safe to repeat. Exactly one of script and activity is there.</summary>
    public sealed record Start(string Id, ScriptOrder? Script, WorkerOrder? Activity, LimitsOrder Limits) : ToSupervisor;

    /// <summary>Ends the attempt: SIGTERM, and SIGKILL after the grace.</summary>
    public sealed record Stop(string Id, long GraceMilliseconds) : ToSupervisor;

    /// <summary>Ends the supervisor as soon as nothing runs: a newer one is to take its place.</summary>
    public sealed record Retire : ToSupervisor;
}

/// <param name="WorkingFolder">Null for the attempt's scratch folder.</param>
/// <param name="Environment">The whole environment.</param>
internal sealed record ScriptOrder(
    IReadOnlyList<string> Arguments, string? WorkingFolder, IReadOnlyDictionary<string, string> Environment);

/// <param name="Environment">Variables of this attempt, for programs the activity starts.</param>
internal sealed record WorkerOrder(
    string Type, string Pipeline, string Activity, DateTimeOffset LogicalDate, IReadOnlyDictionary<string, string> Environment);

/// <param name="MemoryBytes">0 for none.</param>
/// <param name="MilliCpu">Thousandths of a core; 0 for no share of its own.</param>
/// <param name="LogBytes">How much of the log is kept.</param>
/// <param name="Pids">Most processes and threads, where it has a control group; 0 for no limit.</param>
internal sealed record LimitsOrder(long MemoryBytes, int MilliCpu, long LogBytes, int Pids);

/// <summary>What the supervisor tells a server.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "op")]
[JsonDerivedType(typeof(Hello), "hello")]
[JsonDerivedType(typeof(Started), "started")]
[JsonDerivedType(typeof(Ended), "ended")]
internal abstract record FromSupervisor
{
    /// <summary>Raised with every change of this protocol that an older side would misread.</summary>
    public const int Version = 1;

    /// <param name="Build">Names the build it runs, so that a server can see that it is not the current one.</param>
    public sealed record Hello(int Protocol, int Pid, string Build) : FromSupervisor;

    public sealed record Started(string Id, ProcessRecord Process) : FromSupervisor;

    /// <summary>The end is on disk already.</summary>
    public sealed record Ended(string Id, ExitRecord Exit) : FromSupervisor;
}

/// <summary>What the supervisor tells a worker, which runs one attempt at a time.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "op")]
[JsonDerivedType(typeof(Run), "run")]
[JsonDerivedType(typeof(Cancel), "cancel")]
internal abstract record ToWorker
{
    /// <param name="Applied">How the limits were set, for the record.</param>
    public sealed record Run(string Id, WorkerOrder Order, LimitsOrder Limits, LimitsApplied? Applied) : ToWorker;

    /// <summary>Asks the attempt to end; ignored if another runs by now.</summary>
    public sealed record Cancel(string Id) : ToWorker;
}

/// <summary>What a worker tells the supervisor.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "op")]
[JsonDerivedType(typeof(Done), "done")]
internal abstract record FromWorker
{
    /// <summary>The attempt has ended and the worker is free.</summary>
    /// <param name="ResidentBytes">What the worker holds now.</param>
    /// <param name="Exit">The end, if it could not be written down.</param>
    public sealed record Done(string Id, long ResidentBytes, ExitRecord? Exit) : FromWorker;
}
