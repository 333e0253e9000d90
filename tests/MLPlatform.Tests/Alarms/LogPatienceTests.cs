using Microsoft.Extensions.Time.Testing;
using MLPlatform.Core.Alarms;
using MLPlatform.Core.Runs;
using MLPlatform.Executors.Process;
using MLPlatform.Executors.Process.Protocol;
using MLPlatform.Server.Alarms;
using MLPlatform.Server.Hosting;
using Xunit;

namespace MLPlatform.Tests.Alarms;

/// <summary>How long a log is looked through for whom.</summary>
public sealed class LogPatienceTests : IDisposable
{
    private const string Step = "step of many\n";
    private static readonly AttemptId Attempt = new(new RunId(Guid.NewGuid()), 0, 1);
    private readonly string _home = Directory.CreateTempSubdirectory("mlp-log-").FullName;

    public void Dispose() => Directory.Delete(_home, recursive: true);

    [Theory]
    [InlineData(250, true)] // A log that takes a second and a bit less to the error.
    [InlineData(400, false)]
    [InlineData(4000, false)]
    public void An_alarm_waits_for_a_second_and_has_the_last_lines_then(int milliseconds, bool finds)
    {
        LogExcerpt told = Logs(milliseconds).FirstErrors(Attempt)!;
        Assert.Equal(finds ? "ERROR: disk is full" : Step.TrimEnd(), told.Lines[0]);
        Assert.Equal(finds ? 1_500_001 : 1_700_001, told.Line); // Counted to the end all the same.
    }

    [Theory]
    [InlineData(400, true)]
    [InlineData(4000, false)]
    public void A_person_who_asks_waits_for_ten_and_is_told_how_far_it_was_looked_at(int milliseconds, bool finds)
    {
        FirstError told = Logs(milliseconds).Read(Attempt);
        Assert.Equal(finds ? 1_500_000L * Step.Length : (long?)null, told.Offset);
        Assert.InRange(told.Searched, 8 << 20, finds ? long.MaxValue : 1_500_000L * Step.Length);
    }

    // The clock goes on by so much at each look at it, and there is one look for each 8 MiB.
    private AttemptLogFiles Logs(int milliseconds)
    {
        string folder = Directory.CreateDirectory(AttemptFiles.Folder(_home, Attempt)).FullName;
        using (StreamWriter log = new(Path.Combine(folder, AttemptFiles.Log)))
        {
            for (int i = 0; i < 1_500_000; i++)
                log.Write(Step);
            log.Write("ERROR: disk is full\n");
            for (int i = 0; i < 200_000; i++)
                log.Write(Step);
        }
        return new AttemptLogFiles(new HostSettings { Home = _home }, new FakeTimeProvider { AutoAdvanceAmount = TimeSpan.FromMilliseconds(milliseconds) });
    }
}
