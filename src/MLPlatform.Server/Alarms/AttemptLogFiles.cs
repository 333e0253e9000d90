using MLPlatform.Core.Alarms;
using MLPlatform.Core.Runs;
using MLPlatform.Executors.Process;
using MLPlatform.Server.Hosting;

namespace MLPlatform.Server.Alarms;

/// <summary>The logs in this server's home.</summary>
internal sealed class AttemptLogFiles(HostSettings settings) : IAttemptLogs
{
    private const int Block = 256 * 1024;
    private const long MostBytes = 64 << 20;

    public LogExcerpt? FirstErrors(AttemptId attempt) => Read(attempt).Result();

    /// <summary>What the log tells of errors, as far as it is worth reading.</summary>
    public LogErrors Read(AttemptId attempt)
    {
        AttemptLog log = AttemptLog.Of(settings.Home, attempt);
        LogErrors errors = new(attempt.ToString());
        string cut = "";
        for (long at = 0; at < MostBytes && !errors.Done;)
        {
            LogChunk chunk = log.Read(at, Block);
            if (chunk.Next <= at)
                break;
            at = chunk.Next;
            string[] lines = (cut + chunk.Text).Split('\n');
            foreach (string line in lines.AsSpan(0, lines.Length - 1))
                errors.Add(line);
            cut = lines[^1];
        }
        if (cut.Length > 0 && !errors.Done)
            errors.Add(cut);
        return errors;
    }
}
