using MLPlatform.Core.Runs;
using MLPlatform.Executors.Process.Protocol;

namespace MLPlatform.Worker.Supervision;

/// <summary>An attempt from its start until its end is on disk.</summary>
internal sealed class SupervisedAttempt(AttemptId id, string folder, ToSupervisor.Start order)
{
    public AttemptId Id { get; } = id;
    public string Folder { get; } = folder;
    public ToSupervisor.Start Order { get; } = order;

    /// <summary>The variable that every process of it was started with.</summary>
    public string Tag { get; } = $"{AttemptFiles.AttemptVariable}={id}";

    /// <summary>Held while it is being started and while it is being finished, so that these do not mix.</summary>
    public SemaphoreSlim Turn { get; } = new(1, 1);

    /// <summary>Who wants to hear of it; guarded by the supervisor's lock.</summary>
    public HashSet<ISupervisorClient> Clients { get; } = [];

    /// <summary>Its process, once it runs.</summary>
    public volatile ProcessRecord? Process;

    /// <summary>Its process is another supervisor's child: it can be watched, not waited for.</summary>
    public volatile bool Adopted;

    /// <summary>The order to stop it, once there is one.</summary>
    public volatile ToSupervisor.Stop? Stop;

    public bool Stopping => Stop is not null;
    public LogCap? LogCap { get; set; }

    /// <summary>The control group that its limits are set on.</summary>
    public Cgroup? Cgroup { get; set; }

    /// <summary>The worker that runs it, if one does.</summary>
    public WorkerProcess? Worker { get; set; }

    /// <summary>What a worker's end, or its word that it is done, is to be told to.</summary>
    public Func<ChildExit?, ExitRecord?, Task>? WorkerEnded { get; set; }

    /// <summary>Done once its end is on disk and before anybody is told of it: whoever hears of it may count on it.</summary>
    public Action? BeforeTold { get; set; }

    public string File(string name) => Path.Combine(Folder, name);
}

/// <summary>A connected server.</summary>
internal interface ISupervisorClient
{
    void Send(FromSupervisor message);
}
