using MLPlatform.Core.Runs;

namespace MLPlatform.Core.Alarms;

/// <summary>Where the logs of attempts can be read: they lie with the executor that wrote them.</summary>
public interface IAttemptLogs
{
    /// <summary>The first lines that tell of an error; null where there is no log here.</summary>
    LogExcerpt? FirstErrors(AttemptId attempt);
}
