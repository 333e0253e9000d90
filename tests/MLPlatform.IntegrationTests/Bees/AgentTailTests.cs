using System.Text;
using MLPlatform.Bees.Agents;
using MLPlatform.Bees.Splitting;
using MLPlatform.Core.Bees;
using Xunit;

namespace MLPlatform.IntegrationTests.Bees;

/// <summary>What a single file holds, and what arrives of it.</summary>
public sealed class AgentTailTests
{
    [Fact]
    public async Task Lines_arrive_when_they_are_complete_each_with_the_place_where_it_begins()
    {
        await using AgentWorld world = new();
        world.Append("a.log", "one\ntwo\nthr");
        await world.DeliverAsync();
        Assert.Equal([("one", 0L), ("two", 4L)], world.All().Select(r => (r.Text, r.Offset)));
        world.Append("a.log", "ee\n\n");
        await world.DeliverAsync();
        Assert.Equal([("one", 0L), ("two", 4L), ("three", 8L), ("", 14L)], world.All().Select(r => (r.Text, r.Offset)));
    }

    [Fact]
    public async Task The_last_line_of_a_file_that_does_not_grow_any_more_arrives_without_its_end()
    {
        await using AgentWorld world = new(s => s with { FinishAfter = TimeSpan.FromMinutes(5) });
        world.Append("a.log", "one\ntwo");
        await world.DeliverAsync();
        await world.PassAsync(299);
        Assert.Equal(["one"], world.Texts());
        await world.PassAsync(2);
        Assert.Equal(["one", "two"], world.Texts());
        world.Append("a.log", " and more\nthree\n");
        await world.DeliverAsync();
        Assert.Equal(["one", "two", " and more", "three"], world.Texts());
    }

    [Fact]
    public async Task Carriage_returns_marks_zeros_and_broken_characters_do_no_harm()
    {
        await using AgentWorld world = new();
        world.Append("a.log", [0xEF, 0xBB, 0xBF, .. "first\r\nse\0cond\n"u8, 0xFF, .. "third\n\r\n"u8]);
        await world.DeliverAsync();
        Assert.Equal(["first", "se\0cond", "\uFFFDthird", ""], world.Texts());
    }

    [Theory]
    [InlineData(TextEncoding.Utf16, "utf-16", true)]
    [InlineData(TextEncoding.Utf16, "utf-16", false)]
    [InlineData(TextEncoding.Utf16, "utf-16BE", true)]
    [InlineData(TextEncoding.Utf16BigEndian, "utf-16BE", false)]
    [InlineData(TextEncoding.Gbk, "gbk", false)]
    public async Task Declared_encodings_arrive_as_text_across_restarts_and_torn_characters(TextEncoding declared, string written, bool mark)
    {
        Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);
        Encoding encoding = Encoding.GetEncoding(written);
        await using AgentWorld world = new(s => s with { Encoding = declared });
        byte[] bytes = [.. mark ? encoding.Preamble : [], .. encoding.GetBytes("点击 one\r\n展示 two\nਊ three\n曝光")];
        foreach (byte[] part in bytes.Chunk(3))
        {
            world.Append("a.log", part);
            await world.DeliverAsync();
            if (world.Texts().Count == 1)
                await world.StopAsync();
        }
        string third = declared == TextEncoding.Gbk ? encoding.GetString(encoding.GetBytes("ਊ three")) : "ਊ three";
        Assert.Equal(["点击 one", "展示 two", third], world.Texts());
        await world.PassAsync(600);
        Assert.Equal("曝光", world.Texts()[^1]);
    }

    [Theory]
    [InlineData(LongLines.Cut)]
    [InlineData(LongLines.Skip)]
    public async Task Of_a_line_that_is_too_long_only_itself_suffers_and_it_is_counted(LongLines rule)
    {
        await using AgentWorld world = new(s => s with { MaxRecordBytes = new(1024), LongLines = rule });
        string tail = new('y', 5000);
        world.Append("a.log", "before\n" + new string('x', 3000));
        await world.DeliverAsync();
        for (int i = 0; i < 5; i++)
        {
            world.Append("a.log", tail);
            await world.DeliverAsync();
            if (i == 2)
                await world.CrashAsync();
        }
        world.Append("a.log", "\nafter\n");
        await world.DeliverAsync();
        Assert.Equal(rule == LongLines.Cut ? ["before", new string('x', 1024), "after"] : ["before", "after"], world.Texts());
        Assert.Equal(7 + 3000 + 25000 + 1, world.All()[^1].Offset);
    }

    [Fact]
    public async Task A_stack_trace_is_one_record()
    {
        await using AgentWorld world = new(s => s with { Multiline = new() { Start = @"^\[\d+\]" } });
        world.Append("a.log", "[1] bad\n  at x\n  at y\n[2] go");
        await world.DeliverAsync();
        Assert.Empty(world.Texts()); // The next line may yet become anything.
        world.Append("a.log", "od\n  more\n");
        await world.DeliverAsync();
        Assert.Equal(["[1] bad\n  at x\n  at y"], world.Texts());
        await world.PassAsync(6);
        Assert.Equal(["[1] bad\n  at x\n  at y", "[2] good\n  more"], world.Texts());
    }

    [Fact]
    public async Task Records_that_are_longer_than_what_is_read_at_once_arrive_whole()
    {
        await using AgentWorld world = new(s => s with { MaxRecordBytes = new(1600 << 10), Multiline = new() { Start = "^#" } });
        string trace = "#1\n" + string.Join('\n', Enumerable.Range(0, 400).Select(i => $"  at {i} {new string('x', 3000)}"));
        string line = "#3 " + new string('y', 1_400_000);
        world.Append("a.log", $"{trace}\n#2\n{line}\n#4\n");
        await world.DeliverAsync();
        await world.PassAsync(6);
        Assert.True(Buffers.For(world.Settings).Usual < trace.Length);
        Assert.Equal([trace, "#2", line, "#4"], world.Texts());
    }

    [Fact]
    public async Task A_thousand_files_arrive_at_once()
    {
        await using AgentWorld world = new();
        for (int i = 0; i < 1000; i++)
            world.Append($"{i}.log", $"# the same header in every file\nline of {i}\n");
        await world.DeliverAsync();
        Assert.Equal(1000, world.Texts().Count(t => t.StartsWith('#')));
        Assert.Equal(Enumerable.Range(0, 1000).Select(i => $"line of {i}").Order(), world.Texts().Where(t => !t.StartsWith('#')).Order());
        Assert.Equal(1000, world.All().Select(r => r.Channel).Distinct().Count());
    }
}
