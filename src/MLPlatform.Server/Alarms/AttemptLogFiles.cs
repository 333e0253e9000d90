using MLPlatform.Core.Alarms;
using MLPlatform.Core.Runs;
using MLPlatform.Executors.Process;
using MLPlatform.Server.Hosting;

namespace MLPlatform.Server.Alarms;

/// <summary>The logs in this server's home.</summary>
internal sealed class AttemptLogFiles(HostSettings settings, TimeProvider time) : IAttemptLogs
{
    /// <summary>How long a log is looked through; a gigabyte takes about a second.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public LogExcerpt? FirstErrors(AttemptId attempt) => Read(attempt).Excerpt;

    /// <summary>What the log tells of errors.</summary>
    public FirstError Read(AttemptId attempt) => Executors.Process.FirstErrors.Find(AttemptLog.Of(settings.Home, attempt), attempt.ToString(), time, Patience);
}
