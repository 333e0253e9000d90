using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using MLPlatform.Bees.Sinks;
using MLPlatform.Tests;
using Xunit;

namespace MLPlatform.IntegrationTests.Bees;

/// <summary>A week of a real broker's logs, hourly rotated, written again in pieces while everything goes wrong at random.</summary>
public sealed partial class AgentReplayTests
{
    /// <summary>More of them where the variable MLP_REPLAY_SEEDS says so.</summary>
    public static TheoryData<int> Seeds =>
        [.. Enumerable.Range(1, int.Parse(Environment.GetEnvironmentVariable("MLP_REPLAY_SEEDS") ?? "4", CultureInfo.InvariantCulture))];

    [Theory, MemberData(nameof(Seeds))]
    public async Task What_was_written_arrives_each_record_once(int seed)
    {
        string logs = SharedData.File("logs/kafka_rotated/kafka0/logs");
        Random random = new(seed);
        await using AgentWorld world = new(s => s with
        {
            Multiline = new() { Start = Start().ToString(), After = TimeSpan.FromHours(1) },
            FinishAfter = TimeSpan.FromHours(1),
            MaxRecordBytes = new(1 << 20),
        });
        FlakySink? sink = null;
        world.Around = inner => sink = new FlakySink(inner);
        List<string> expected = [];
        foreach (string family in new[] { "server.log", "controller.log" })
        {
            string[] hours = [.. Directory.GetFiles(logs, family + "*").Order(StringComparer.Ordinal)];
            foreach (string hour in hours.Skip(1).Append(hours[0]).Where(h => new FileInfo(h).Length > 0))
            {
                byte[] content = await File.ReadAllBytesAsync(hour, TestContext.Current.CancellationToken);
                expected.AddRange(Records(Encoding.UTF8.GetString(content)));
                for (int at = 0; at < content.Length;)
                {
                    int size = Math.Min(content.Length - at, (int)Math.Pow(2, random.NextDouble() * 16) + 1); // 1 byte to 64 KiB
                    world.Append(family, content[at..(at + size)]);
                    at += size;
                    await MeddleAsync(world, sink, random);
                }
                await RotateAsync(world, family, Path.GetFileName(hour), random);
            }
        }
        if (sink is not null)
            sink.Failures = 0;
        await world.DeliverAsync();
        await world.PassAsync(3);
        await world.PassAsync(7200);
        Assert.Equal(expected.Order(StringComparer.Ordinal), world.Texts().Order(StringComparer.Ordinal));
        Assert.Equal(expected.Count, world.All().DistinctBy(r => (r.Channel, r.Offset)).Count());
        Assert.DoesNotContain(world.Notices, n => n.Code == "BEES-030");
    }

    private static async Task MeddleAsync(AgentWorld world, FlakySink? sink, Random random)
    {
        switch (random.Next(12))
        {
            case 0:
                await world.CrashAsync();
                break;
            case 1:
                await TryAsync(world.StopAsync);
                break;
            case 2 when sink is not null:
                (sink.Failures, sink.After) = (random.Next(3), random.Next(2) == 0);
                await TryAsync(world.DeliverAsync);
                break;
            case 3:
                await TryAsync(() => world.PassAsync(3));
                break;
            case 4:
                Directory.CreateDirectory(world.CheckpointPath + ".new");
                await TryAsync(world.DeliverAsync);
                Directory.Delete(world.CheckpointPath + ".new");
                break;
            case < 9:
                await TryAsync(world.DeliverAsync);
                break;
        }
    }

    private static async Task RotateAsync(AgentWorld world, string family, string hour, Random random)
    {
        string rotated = hour == family ? family + ".last" : hour;
        switch (random.Next(3))
        {
            case 0:
                world.CopyTruncate(family, rotated);
                await TryAsync(() => world.PassAsync(3)); // A second rotation within the time to settle is another story.
                break;
            case 1:
                File.Move(world.At(family), world.At(rotated));
                break;
            default:
                File.Move(world.At(family), world.At(rotated));
                if (random.Next(2) == 0)
                    await TryAsync(world.DeliverAsync);
                AgentRotationTests.Pack(world.At(rotated));
                break;
        }
        if (random.Next(2) == 0)
            await TryAsync(world.DeliverAsync);
    }

    private static async Task TryAsync(Func<Task> act)
    {
        try
        {
            await act();
        }
        catch (SinkException)
        {
            // Told to fail; what it was about is tried again.
        }
    }

    private static IEnumerable<string> Records(string text)
    {
        StringBuilder record = new();
        foreach (string line in text.TrimEnd('\n').Split('\n').Select(l => l.TrimEnd('\r')))
        {
            if (record.Length > 0 && Start().IsMatch(line))
            {
                yield return record.ToString();
                record.Clear();
            }
            record.Append(record.Length > 0 ? "\n" : "").Append(line);
        }
        yield return record.ToString();
    }

    [GeneratedRegex(@"^\[\d{4}-\d{2}-\d{2} ")]
    private static partial Regex Start();
}
