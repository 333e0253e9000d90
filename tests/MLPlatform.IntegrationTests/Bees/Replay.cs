using System.Text;
using System.Text.RegularExpressions;
using MLPlatform.Bees.Sinks;
using MLPlatform.Tests;
using Xunit;

namespace MLPlatform.IntegrationTests.Bees;

/// <summary>A week of a real broker's logs, hourly rotated, written again in pieces while everything goes wrong at random.</summary>
internal sealed partial class Replay(AgentWorld world, Random random)
{
    private readonly Faults _faults = new();

    /// <summary>What the first line of each of its records matches.</summary>
    public static string RecordStart => Start().ToString();

    /// <summary>Writes everything, and lets the agent deliver it. Returns the records that were written.</summary>
    public async Task<List<string>> RunAsync()
    {
        world.Around = inner => new FlakySink(inner, _faults);
        List<string> expected = [];
        foreach (LogFile file in Files())
        {
            expected.AddRange(file.Records);
            for (int at = 0; at < file.Bytes.Length;)
            {
                int size = Piece(random, file.Bytes.Length - at);
                world.Append(file.Family, file.Bytes[at..(at + size)]);
                at += size;
                await MeddleAsync();
            }
            await RotateAsync(file);
        }
        _faults.Left = 0;
        await world.DeliverAsync();
        await world.PassAsync(3);
        await world.PassAsync(7200);
        return expected;
    }

    /// <summary>The hours of both families of logs, in the order in which they were written.</summary>
    public static IEnumerable<LogFile> Files()
    {
        string logs = SharedData.File("logs/kafka_rotated/kafka0/logs");
        foreach (string family in new[] { "server.log", "controller.log" })
        {
            string[] hours = [.. Directory.GetFiles(logs, family + "*").Order(StringComparer.Ordinal)];
            foreach (string hour in hours.Skip(1).Append(hours[0]).Where(h => new FileInfo(h).Length > 0))
                yield return new LogFile(family, Path.GetFileName(hour) == family ? family + ".last" : Path.GetFileName(hour), File.ReadAllBytes(hour));
        }
    }

    /// <summary>From 1 byte to 64 KiB, small ones as often as large ones.</summary>
    public static int Piece(Random random, int rest) => Math.Min(rest, (int)Math.Pow(2, random.NextDouble() * 16) + 1);

    private async Task MeddleAsync()
    {
        switch (random.Next(12))
        {
            case 0:
                await world.CrashAsync();
                break;
            case 1:
                await TryAsync(world.StopAsync);
                break;
            case 2:
                (_faults.Left, _faults.After, _faults.Pass) = (random.Next(3), random.Next(2) == 0, random.Next(2));
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

    private async Task RotateAsync(LogFile file)
    {
        switch (random.Next(3))
        {
            case 0:
                world.CopyTruncate(file.Family, file.Rotated);
                await TryAsync(() => world.PassAsync(3)); // A second rotation within the time to settle is another story.
                break;
            case 1:
                File.Move(world.At(file.Family), world.At(file.Rotated));
                break;
            default:
                File.Move(world.At(file.Family), world.At(file.Rotated));
                if (random.Next(2) == 0)
                    await TryAsync(world.DeliverAsync);
                AgentRotationTests.Pack(world.At(file.Rotated));
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

    private static IEnumerable<string> RecordsOf(string text)
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

    /// <param name="Family">The name under which it was written.</param>
    /// <param name="Rotated">The name that rotation gave it.</param>
    public sealed record LogFile(string Family, string Rotated, byte[] Bytes)
    {
        public IEnumerable<string> Records => RecordsOf(Encoding.UTF8.GetString(Bytes));
    }
}
