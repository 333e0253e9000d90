using System.IO.Compression;
using Xunit;

namespace MLPlatform.IntegrationTests.Bees;

/// <summary>Files that are moved, copied, emptied, packed and deleted while they are read.</summary>
public sealed class AgentRotationTests
{
    private static readonly string Filler = string.Concat(Enumerable.Range(0, 60).Select(i => $"line {i:D4} of the first file\n"));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_renamed_file_goes_on_and_the_new_one_begins(bool agentRuns)
    {
        await using AgentWorld world = new();
        world.Append("a.log", "one\ntwo\n");
        await world.DeliverAsync();
        if (!agentRuns)
            await world.StopAsync();
        world.Append("a.log", "three\n");
        File.Move(world.At("a.log"), world.At("a.log.1"));
        world.Append("a.log", "four\n");
        world.Append("a.log.1", "late");
        await world.DeliverAsync();
        await world.PassAsync(3);
        Assert.Equal(["four", "late", "one", "three", "two"], world.Texts().Order());
    }

    [Fact]
    public async Task A_file_moved_to_where_nobody_looks_is_read_to_its_end()
    {
        await using AgentWorld world = new(s => s with { Paths = [s.Paths[0].Replace("*.log*", "a.log", StringComparison.Ordinal)] });
        world.Append("a.log", "one\n");
        await world.DeliverAsync();
        await world.StopAsync();
        world.Append("a.log", "two\n");
        File.Move(world.At("a.log"), world.At("a.old"));
        world.Append("a.log", "three\n");
        await world.DeliverAsync();
        Assert.Equal(["one", "three", "two"], world.Texts().Order());
    }

    [Theory]
    [InlineData(true, 3)]
    [InlineData(false, 3)]
    [InlineData(true, 60)]
    [InlineData(false, 60)]
    public async Task Copytruncate_loses_nothing_and_doubles_nothing(bool agentRuns, int lines)
    {
        await using AgentWorld world = new();
        string[] first = [.. Filler.Split('\n').Take(lines)];
        world.Append("a.log", string.Concat(first.Select(l => l + "\n")));
        await world.DeliverAsync();
        if (!agentRuns)
            await world.StopAsync();
        world.Append("a.log", "unread\n");
        world.CopyTruncate("a.log", "a.log.1");
        world.Append("a.log", "new\n");
        await world.DeliverAsync();
        await world.PassAsync(3);
        Assert.Equal([.. first, "new", "unread"], world.Texts().Order());
        Assert.DoesNotContain(world.Notices, n => n.Code == "BEES-030");
    }

    [Fact]
    public async Task A_copy_in_the_making_waits_for_the_truncation()
    {
        await using AgentWorld world = new();
        world.Append("a.log", Filler);
        await world.DeliverAsync();
        world.Append("a.log.1", Filler[..500]);
        await world.DeliverAsync();
        world.Append("a.log.1", Filler[500..]);
        await world.DeliverAsync();
        await world.PassAsync(60);
        Assert.Equal(60, world.Texts().Count);
        File.WriteAllText(world.At("a.log"), "new\n");
        await world.DeliverAsync();
        await world.PassAsync(60);
        Assert.Equal(61, world.Texts().Count);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_packed_file_is_the_same_file(bool agentRuns)
    {
        await using AgentWorld world = new();
        world.Append("a.log.1", Filler);
        await world.DeliverAsync();
        if (!agentRuns)
            await world.StopAsync();
        world.Append("a.log.1", "unread\n");
        Pack(world.At("a.log.1"));
        await world.DeliverAsync();
        await world.PassAsync(3);
        Assert.Equal(61, world.Texts().Count);
        Assert.Equal("unread", world.Texts()[^1]);
        await world.StopAsync();
        await world.DeliverAsync();
        Assert.Equal(61, world.Texts().Count);
    }

    [Fact]
    public async Task A_packed_file_that_was_never_read_is_unpacked_once_it_is_whole()
    {
        await using AgentWorld world = new();
        world.Append("b.log.1", "one\ntwo");
        Pack(world.At("b.log.1"));
        byte[] whole = await File.ReadAllBytesAsync(world.At("b.log.1.gz"), TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(world.At("b.log.1.gz"), whole[..^5], TestContext.Current.CancellationToken);
        await world.DeliverAsync();
        Assert.Empty(world.Texts());
        await world.PassAsync(61);
        Assert.Contains(world.Notices, n => n.Code == "BEES-022");
        await File.WriteAllBytesAsync(world.At("b.log.1.gz"), whole, TestContext.Current.CancellationToken);
        await world.DeliverAsync();
        await world.PassAsync(3);
        Assert.Equal(["one", "two"], world.Texts());
    }

    [Theory]
    [InlineData("short\n", true)]
    [InlineData("short\n", false)]
    [InlineData("longer than what was there before, all of it\nand more\n", true)]
    [InlineData("longer than what was there before, all of it\nand more\n", false)]
    public async Task A_file_written_over_begins_anew(string content, bool agentRuns)
    {
        await using AgentWorld world = new();
        world.Append("a.log", "one\ntwo\nthree\n");
        await world.DeliverAsync();
        if (!agentRuns)
            await world.StopAsync();
        await File.WriteAllTextAsync(world.At("a.log"), content, TestContext.Current.CancellationToken);
        await world.DeliverAsync();
        string[] expected = ["one", "two", "three", .. content.TrimEnd('\n').Split('\n')];
        Assert.Equal(expected.Order(), world.Texts().Order());
        Assert.Equal(2, world.All().Select(r => r.Channel).Distinct().Count());
    }

    [Fact]
    public async Task Bytes_that_were_gone_before_they_were_read_are_counted_and_told()
    {
        await using AgentWorld world = new();
        world.Append("a.log", "one\n");
        await world.DeliverAsync();
        world.Append("a.log", "partial");
        await world.DeliverAsync();
        await File.WriteAllTextAsync(world.At("a.log"), "", TestContext.Current.CancellationToken);
        await world.DeliverAsync();
        await world.PassAsync(3);
        Assert.Contains(world.Notices, n => n.Code == "BEES-030" && n.Message.Contains("7 bytes", StringComparison.Ordinal));
        Assert.Equal(7, world.Agent.Sources.Single().Counts.LostBytes);
    }

    [Fact]
    public async Task A_deleted_file_is_read_to_its_end_while_it_is_open()
    {
        await using AgentWorld world = new();
        world.Append("a.log", "one\n");
        await world.DeliverAsync();
        world.Append("a.log", "two\nthree");
        File.Delete(world.At("a.log"));
        await world.DeliverAsync();
        await world.PassAsync(3);
        await world.PassAsync(3);
        Assert.Equal(["one", "two", "three"], world.Texts());
        Assert.DoesNotContain(world.Notices, n => n.Code == "BEES-030");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(127)]
    [InlineData(128)]
    [InlineData(5000)]
    public async Task A_new_file_with_the_beginning_of_a_deleted_one_is_a_file_of_its_own(int common)
    {
        await using AgentWorld world = new();
        string header = new string('#', common) + "\n";
        world.Append("a.log", header + "one\n");
        await world.DeliverAsync();
        File.Delete(world.At("a.log"));
        world.Append("b.log", header);
        await world.DeliverAsync();
        await world.PassAsync(5);
        world.Append("b.log", "two\n");
        await world.DeliverAsync();
        string[] expected = [header.TrimEnd(), "one", header.TrimEnd(), "two"];
        Assert.Equal(expected.Order(), world.Texts().Order());
    }

    [Fact]
    public async Task A_link_that_leads_elsewhere_brings_the_other_file()
    {
        await using AgentWorld world = new(s => s with { Paths = [s.Paths[0].Replace("*.log*", "current.log", StringComparison.Ordinal)] });
        world.Append("x1", "one\n");
        world.Append("x2", "two\n");
        File.CreateSymbolicLink(world.At("current.log"), world.At("x1"));
        await world.DeliverAsync();
        File.Delete(world.At("current.log"));
        File.CreateSymbolicLink(world.At("current.log"), world.At("x2"));
        world.Append("x1", "three\n");
        await world.DeliverAsync();
        Assert.Equal(["one", "three", "two"], world.Texts().Order());
    }

    [Fact]
    public async Task A_folder_that_is_deleted_and_made_again_is_found_again()
    {
        await using AgentWorld world = new();
        world.Append("a.log", "one\n");
        await world.DeliverAsync();
        Directory.Delete(world.Logs, recursive: true);
        await world.DeliverAsync();
        await world.PassAsync(3);
        Directory.CreateDirectory(world.Logs);
        world.Append("a.log", "two\n");
        await world.DeliverAsync();
        Assert.Equal(["one", "two"], world.Texts().Order());
    }

    internal static void Pack(string path)
    {
        using (FileStream from = File.OpenRead(path))
        using (GZipStream to = new(File.Create(path + ".gz"), CompressionLevel.Fastest))
            from.CopyTo(to);
        File.Delete(path);
    }
}
