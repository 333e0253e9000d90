using System.Diagnostics;
using System.Globalization;
using MLPlatform.Core.Bees;
using MLPlatform.Storage.Bees;
using Xunit;

namespace MLPlatform.IntegrationTests.Bees;

/// <summary>A collector is killed while eight senders write: what it answered is there, once.</summary>
public sealed class LandingKillTests : IDisposable
{
    private const int Senders = 8;
    private readonly string _folder = Directory.CreateTempSubdirectory("mlp-landing-kill-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>What the child does until it is killed; it goes on where the log says that each channel is.</summary>
    [Fact(Explicit = true)]
    public async Task Land_until_killed()
    {
        using var answers = new FileStream(Environment.GetEnvironmentVariable("CRASH_ANSWERS")!, FileMode.Append, FileAccess.Write, FileShare.ReadWrite, 0);
        await using LandingLog log = LandingLogTests.Open(Environment.GetEnvironmentVariable("CRASH_TARGET")!);
        Dictionary<string, long> known = (await log.ChannelsAsync(_ => true, Cancel)).ToDictionary(c => c.Channel, c => c.Durable);
        await Task.WhenAll(Enumerable.Range(0, Senders).Select(async i =>
        {
            string channel = $"c{i}";
            for (long at = known.GetValueOrDefault(channel); ;)
            {
                string[] lines = [.. Enumerable.Range(0, 5).Select(n => string.Create(CultureInfo.InvariantCulture, $"{channel}-{at + n * 20:D16}"))];
                BatchAnswer answer = (await log.AppendAsync([BatchesFor.Batch("s", channel, at, lines)], Cancel))[0];
                Assert.Equal(BatchOutcome.Stored, answer.Outcome);
                at = answer.Durable;
                byte[] line = System.Text.Encoding.UTF8.GetBytes($"{channel} {at}\n");
                lock (answers)
                    answers.Write(line);
            }
        }));
    }

    [Fact]
    public async Task Every_answer_given_before_a_kill_holds_after_it()
    {
        string target = Path.Combine(_folder, "log"), answers = Path.Combine(_folder, "answers");
        for (int round = 0; round < 4; round++)
        {
            await RunUntilKilledAsync(target, answers, seed: round);
            Dictionary<string, long> answered = [];
            foreach (string[] parts in (await File.ReadAllLinesAsync(answers, Cancel)).Select(l => l.Split(' ')).Where(p => p.Length == 2))
                answered[parts[0]] = long.Parse(parts[1], CultureInfo.InvariantCulture);
            await using LandingLog log = LandingLogTests.Open(target);
            Dictionary<string, long> durable = (await log.ChannelsAsync(_ => true, Cancel)).ToDictionary(c => c.Channel, c => c.Durable);
            Assert.All(answered, a => Assert.True(durable[a.Key] >= a.Value, $"{a.Key} was answered {a.Value} and is durable up to {durable[a.Key]}"));
            Dictionary<string, long> next = [];
            foreach (Segment segment in await log.SealAsync(Cancel))
            {
                SegmentScan.Read(log.FileOf(segment), (batch, _) =>
                {
                    foreach (BatchRecord record in batch.Records)
                    {
                        Assert.Equal(next.GetValueOrDefault(batch.Header.Channel), record.Position);
                        next[batch.Header.Channel] = record.Position + record.Bytes.Length + 1;
                    }
                });
            }
            Assert.Equal(durable.OrderBy(d => d.Key), next.OrderBy(d => d.Key));
        }
    }

    private static async Task RunUntilKilledAsync(string target, string answers, int seed)
    {
        long before = File.Exists(answers) ? new FileInfo(answers).Length : 0;
        var start = new ProcessStartInfo(Path.ChangeExtension(typeof(LandingKillTests).Assembly.Location, null),
            ["-method", $"{typeof(LandingKillTests).FullName}.{nameof(Land_until_killed)}", "-explicit", "only", "-noLogo"])
        { RedirectStandardOutput = true };
        (start.Environment["CRASH_ANSWERS"], start.Environment["CRASH_TARGET"]) = (answers, target);
        using Process child = Process.Start(start)!;
        Task<string> output = child.StandardOutput.ReadToEndAsync(Cancel);
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
            limit.CancelAfter(Eventually.Patience);
            while (!File.Exists(answers) || new FileInfo(answers).Length < before + 500)
            {
                if (child.HasExited)
                    Assert.Fail("the child ended by itself: " + await output);
                await Task.Delay(20, limit.Token);
            }
            await Task.Delay(new Random(seed).Next(50), Cancel); // Anywhere in a write: this moment is what the test is about.
        }
        finally
        {
            child.Kill();
            await child.WaitForExitAsync(CancellationToken.None);
        }
    }
}
