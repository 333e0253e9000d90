using System.ComponentModel.DataAnnotations;

namespace MLPlatform.Executors.Process;

/// <summary>Settings of the process executor (section <c>ProcessExecutor</c>).</summary>
public sealed class ProcessExecutorOptions
{
    /// <summary>The platform's home folder (<c>MLP_HOME</c>); attempts live below it in <c>attempts/</c>. Required.</summary>
    [Required(AllowEmptyStrings = false)]
    public string Home { get; set; } = "";

    /// <summary>
    /// The worker program, <c>MLPlatform.Worker</c> or <c>MLPlatform.Worker.dll</c>. Default: found beside this program, in
    /// its folder <c>worker</c>, or in the build output of the same repository.
    /// </summary>
    public string? WorkerPath { get; set; }

    /// <summary>How long to wait for a supervisor that was just started. Default: 15 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:05:00")]
    public TimeSpan SupervisorPatience { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a supervisor with nothing to do and nobody connected stays. Default: 60 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan SupervisorIdle { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>How much of an attempt's log is kept on disk, head and tail, in bytes. Default: 64 MiB.</summary>
    [Range(65536, long.MaxValue)]
    public long LogBytes { get; set; } = 64L << 20;

    /// <summary>Largest <c>outputs.json</c>, in bytes: large results are artifacts. Default: 1 MiB.</summary>
    [Range(1024, 1 << 30)]
    public int OutputsBytes { get; set; } = 1 << 20;

    /// <summary>Most points taken from one attempt's <c>metrics.jsonl</c>, besides the last of each metric. Default: 100,000.</summary>
    [Range(0, 10_000_000)]
    public int MetricPoints { get; set; } = 100_000;

    /// <summary>How often what running attempts report is looked at. Default: 1 second.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:05:00")]
    public TimeSpan LookEvery { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Most processes and threads of an attempt that has a control group. Default: 4096; 0 sets no limit.</summary>
    [Range(0, 4_194_304)]
    public int Pids { get; set; } = 4096;

    /// <summary>
    /// The server's variables that attempts see besides the usual few (PATH, HOME, LANG, TZ and the like). Default: none, so
    /// that no secret of the server reaches a script unnoticed.
    /// </summary>
    public IList<string> PassEnvironment { get; } = [];

    /// <summary>Further assemblies with activities for the workers, by path. Default: none beyond the built-in ones.</summary>
    public IList<string> ActivityAssemblies { get; } = [];

    /// <summary>The <c>MLFLOW_TRACKING_URI</c> of attempts, where it is not the address that the server listens on. Default: that address.</summary>
    public string? TrackingUri { get; set; }
}
