using CsCheck;
using Microsoft.Extensions.Logging.Abstractions;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Bees;
using MLPlatform.Core.Runs;
using MLPlatform.Storage.Bees;
using Xunit;

namespace MLPlatform.IntegrationTests.Bees;

/// <summary>What was acknowledged is there once, in order, whatever happens between.</summary>
public sealed class LandingLogTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mlp-landing-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>What can happen: a stretch of a channel is sent, a segment is closed, the power goes.</summary>
    private abstract record Step
    {
        public sealed record Send(int Channel, int From, int To) : Step;
        public sealed record SendAtOnce(IReadOnlyList<Send> Sends) : Step;
        public sealed record Seal : Step;
        public sealed record Crash(int TornBytes, bool LoseIndex) : Step;
    }

    private static readonly Gen<Step.Send> Send = Gen.Select(Gen.Int[0, 2], Gen.Int[0, 40], Gen.Int[0, 12], (c, from, length) => new Step.Send(c, from, from + length));

    private static readonly Gen<Step> Steps = Gen.Frequency(
        (8, Send.Select(s => (Step)s)),
        (2, Send.Array[2, 6].Select(s => (Step)new Step.SendAtOnce(s))),
        (1, Gen.Const((Step)new Step.Seal())),
        (2, Gen.Select(Gen.Int[0, 200], Gen.Bool, (torn, index) => (Step)new Step.Crash(torn, index))));

    [Fact]
    public void Whatever_is_sent_twice_torn_or_out_of_turn_is_kept_once_and_in_order() => Steps.Array[1, 40].Sample(steps =>
    {
        string folder = Path.Combine(_folder, Guid.NewGuid().ToString("N"));
        RunAsync(folder, steps).GetAwaiter().GetResult();
    }, iter: 150, threads: 2);

    private static async Task RunAsync(string folder, Step[] steps)
    {
        Dictionary<string, long> acknowledged = [];
        LandingLog log = Open(folder);
        foreach (Step step in steps)
        {
            switch (step)
            {
                case Step.Send send:
                    Note(await log.AppendAsync([Stretch(send)], Cancel), acknowledged);
                    break;
                case Step.SendAtOnce many:
                    foreach (IReadOnlyList<BatchAnswer> answers in await Task.WhenAll(many.Sends.Select(s => log.AppendAsync([Stretch(s)], Cancel))))
                        Note(answers, acknowledged);
                    break;
                case Step.Seal:
                    await log.SealAsync(Cancel);
                    break;
                case Step.Crash crash:
                    await log.DisposeAsync();
                    Tear(folder, crash);
                    log = Open(folder);
                    break;
            }
        }
        IReadOnlyList<ChannelState> channels = await log.ChannelsAsync(_ => true, Cancel);
        Assert.Equal(acknowledged.OrderBy(a => a.Key), channels.ToDictionary(c => c.Channel, c => c.Durable).OrderBy(a => a.Key));
        IReadOnlyList<Segment> segments = await log.SealAsync(Cancel);
        Dictionary<string, List<long>> kept = [];
        foreach (Segment segment in segments)
        {
            SegmentScan.Read(log.FileOf(segment), (batch, _) =>
            {
                foreach (BatchRecord record in batch.Records)
                {
                    Assert.Equal($"{batch.Header.Channel}:{record.Position}", System.Text.Encoding.UTF8.GetString(record.Bytes));
                    (kept.TryGetValue(batch.Header.Channel, out List<long>? list) ? list : kept[batch.Header.Channel] = []).Add(record.Position);
                }
            });
        }
        foreach ((string channel, long durable) in acknowledged)
            Assert.Equal(Enumerable.Range(0, (int)durable).Select(i => (long)i), kept.GetValueOrDefault(channel) ?? []);
        await log.DisposeAsync();
    }

    private static void Note(IReadOnlyList<BatchAnswer> answers, Dictionary<string, long> acknowledged)
    {
        foreach (BatchAnswer answer in answers.Where(a => a.Outcome == BatchOutcome.Stored))
            acknowledged[answer.Channel] = Math.Max(acknowledged.GetValueOrDefault(answer.Channel), answer.Durable);
    }

    // A write that the power cut short leaves the beginning of a batch; a lost rename leaves the index as it was before, or none.
    private static void Tear(string folder, Step.Crash crash)
    {
        byte[] next = BatchesFor.Frame("s", "torn", 0, [.. Enumerable.Range(0, 20).Select(i => new string('x', i))]);
        string? last = Directory.EnumerateFiles(folder, "*.bees").Order(StringComparer.Ordinal).LastOrDefault();
        if (last is not null && crash.TornBytes > 0)
        {
            using FileStream file = new(last, FileMode.Append);
            file.Write(next.AsSpan(0, Math.Min(crash.TornBytes, next.Length - 1)));
        }
        if (crash.LoseIndex)
            File.Delete(Path.Combine(folder, "index.json"));
    }

    private static Batch Stretch(Step.Send send)
    {
        BatchWriter writer = new();
        writer.Start(send.From);
        for (int i = send.From; i < send.To; i++)
            writer.Add(i, System.Text.Encoding.UTF8.GetBytes($"c{send.Channel}:{i}"));
        BatchHeader header = new() { Agent = "a", Source = "s", Channel = $"c{send.Channel}", From = send.From, To = send.To, ReadAt = BatchesFor.ReadAt };
        return new Batch(header, writer.RecordBytes.ToArray(), writer.Count);
    }

    [Fact]
    public async Task A_changed_byte_before_whole_batches_stops_the_log_instead_of_dropping_them()
    {
        string folder = Path.Combine(_folder, "damaged");
        await using (LandingLog log = Open(folder))
        {
            for (int i = 0; i < 3; i++)
                await log.AppendAsync([BatchesFor.Batch("s", $"c{i}", 0, "one", "two")], Cancel);
        }
        string segment = Path.Combine(folder, "0000000001.bees");
        byte[] bytes = await File.ReadAllBytesAsync(segment, Cancel);
        bytes[bytes.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(segment, bytes, Cancel);
        Assert.Equal("BEES-059", Assert.Throws<ActivityException>(() => Open(folder)).Code);
        Assert.Equal(bytes.Length, new FileInfo(segment).Length);
    }

    [Fact]
    public async Task A_full_disk_acknowledges_nothing_and_the_log_goes_on_once_there_is_space()
    {
        string mount = Path.Combine(_folder, "small");
        Directory.CreateDirectory(mount);
        Assert.SkipUnless(await ShellAsync("mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", mount) == 0, "a small file system can be mounted by root only");
        try
        {
            string filler = Path.Combine(mount, "filler");
            await File.WriteAllBytesAsync(filler, new byte[128 << 10], Cancel);
            long durable = 0;
            await using (LandingLog log = Open(Path.Combine(mount, "s")))
            {
                ActivityException full = await Assert.ThrowsAsync<ActivityException>(async () =>
                {
                    while (true)
                        durable = (await log.AppendAsync([BatchesFor.Batch("s", "c", durable, new string('x', 5000))], Cancel))[0].Durable;
                });
                Assert.Equal(("BEES-057", FailureKind.Resource), (full.Code, full.Kind));
                Assert.InRange(durable, 5001, 130 << 10);
                Assert.Equal(durable, (await log.ChannelsAsync(_ => true, Cancel)).Single().Durable);
                File.Delete(filler);
                Assert.Equal(BatchOutcome.Stored, (await log.AppendAsync([BatchesFor.Batch("s", "c", durable, "after")], Cancel))[0].Outcome);
            }
            await using LandingLog again = Open(Path.Combine(mount, "s"));
            Assert.Equal(durable + 6, (await again.ChannelsAsync(_ => true, Cancel)).Single().Durable);
        }
        finally
        {
            await ShellAsync("umount", mount);
        }
    }

    [Fact]
    public async Task Old_segments_go_with_their_retention_and_positions_stay()
    {
        string folder = Path.Combine(_folder, "old");
        await using (LandingLog log = Open(folder))
        {
            for (int i = 0; i < 5; i++)
            {
                await log.AppendAsync([BatchesFor.Batch("s", "c", i * 4, "abc")], Cancel);
                await log.SealAsync(Cancel);
            }
            await log.AppendAsync([BatchesFor.Batch("s", "c", 20, "abc")], Cancel);
            long each = log.Now.Segments[0].Bytes;
            Assert.Equal(4, await log.ExpireAsync((_, bytes) => bytes > 2.5 * each, BatchesFor.ReadAt, Cancel));
            Assert.Equal(0, await log.ExpireAsync((_, bytes) => bytes > 2.5 * each, BatchesFor.ReadAt, Cancel));
        }
        await using LandingLog again = Open(folder);
        Assert.Equal(24, (await again.ChannelsAsync(_ => true, Cancel)).Single().Durable);
        Assert.Equal([5, 6], (await again.SealAsync(Cancel)).Select(s => s.Number));
        Assert.Equal(BatchOutcome.Duplicate, (await again.AppendAsync([BatchesFor.Batch("s", "c", 0, "abc")], Cancel))[0].Outcome);
    }

    internal static LandingLog Open(string folder) =>
        LandingLog.Open(folder, "s", new BeesOptions { SegmentBytes = 4096 }, TimeProvider.System, NullLogger.Instance);

    private static async Task<int> ShellAsync(string program, params string[] arguments)
    {
        using var process = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        await process.WaitForExitAsync(CancellationToken.None);
        return process.ExitCode;
    }
}
