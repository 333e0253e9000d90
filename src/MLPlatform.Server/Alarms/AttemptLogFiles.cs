using MLPlatform.Core.Alarms;
using MLPlatform.Core.Runs;
using MLPlatform.Executors.Process;
using MLPlatform.Server.Hosting;

namespace MLPlatform.Server.Alarms;

/// <summary>The logs in this server's home.</summary>
internal sealed class AttemptLogFiles(HostSettings settings, TimeProvider time) : IAttemptLogs
{
    /// <summary>How long a log is looked through for a person who asked.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>How long for an alarm: the others of its cycle wait meanwhile.</summary>
    private static readonly TimeSpan AlarmPatience = TimeSpan.FromSeconds(1);

    public LogExcerpt? FirstErrors(AttemptId attempt) => Find(attempt, AlarmPatience).Excerpt;

    /// <summary>What the log tells of errors.</summary>
    public FirstError Read(AttemptId attempt) => Find(attempt, Patience);

    private FirstError Find(AttemptId attempt, TimeSpan patience) => Executors.Process.FirstErrors.Find(AttemptLog.Of(settings.Home, attempt), attempt.ToString(), time, patience);
}
