using System.ComponentModel.DataAnnotations;

namespace MLPlatform.Engine;

/// <summary>How this replica's engine works; section <c>Engine</c>.</summary>
public sealed class EngineOptions
{
    /// <summary>This replica's name, unique among those that share a database. Default: empty, for which the server puts the machine's name and the home folder's hash.</summary>
    public string Replica { get; set; } = "";

    /// <summary>How long a silent replica keeps its runs. Default: 15 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Time between SIGTERM and SIGKILL. Default: 10 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan StopGrace { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Cores to give out. Default: 0, which stands for all of this machine's.</summary>
    [Range(0, 4096)]
    public double Cpu { get; set; }

    /// <summary>Memory to give out, in MiB. Default: 0, which stands for all of this machine's.</summary>
    [Range(0, 1 << 30)]
    public long MemoryMiB { get; set; }

    /// <summary>Whether GPUs are asked about with nvidia-smi and given out. Default: true.</summary>
    public bool Gpus { get; set; } = true;

    /// <summary>What the machine is called in pools. Default: empty, which stands for its host name.</summary>
    public string Machine { get; set; } = "";

    /// <summary>Labels of the machine by name, by which pools choose their machines. Default: none.</summary>
    public Dictionary<string, string> Labels { get; set; } = [];

    /// <summary>How long a request that does not fit lets later ones pass. Default: 30 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "24:00:00")]
    public TimeSpan Patience { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long an attempt that gives its place to other work may take to write a checkpoint. Default: 30 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan PreemptionGrace { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long an attempt runs before it may have to give its place to other work. Default: 1 minute.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "24:00:00")]
    public TimeSpan MinimumRun { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Events that inline steps may run ahead of the journal before the engine waits for it. Default: 5,000.</summary>
    [Range(1, 10_000_000)]
    public int RunAhead { get; set; } = 5_000;
}
