using System.Text;
using Microsoft.Extensions.Time.Testing;
using MLPlatform.Executors.Process;
using Xunit;

namespace MLPlatform.Tests.Executors;

/// <summary>Looking through logs: what is found, where, and what it may cost.</summary>
public sealed class LogSearchTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mlp-log-").FullName;
    private readonly FakeTimeProvider _time = new();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Lines_are_found_with_number_position_and_column_whatever_ends_them()
    {
        AttemptLog log = Write("größe\nLoss 1\r\n10%\rloss 2\n\nthe LOSS\u001b[0m");
        LogSearch search = new(log, LogPattern.Text("loss"), 0, 1);
        Assert.Equal(
            [new LogMatch(2, 8, 1, 4, "Loss 1"), new LogMatch(4, 20, 1, 4, "loss 2"), new LogMatch(6, 28, 5, 4, "the LOSS")],
            search.Next(last: true, 100, _time, TimeSpan.FromSeconds(1)));
        Assert.Equal((log.Length, 7, false), (search.Offset, search.Line, search.HasMore));
    }

    [Fact]
    public void A_text_is_found_as_it_is_shown_whatever_colours_are_within()
    {
        string many = string.Concat(Enumerable.Repeat("\e[32mINFO\e[0m a step\n", 50_000));
        AttemptLog log = Write(many + "\e[1;31mERROR\e[0m:\e[K disk is full\n");
        LogMatch found = Assert.Single(new LogSearch(log, LogPattern.Text("error: disk"), 0, 1).Next(true, 100, _time, TimeSpan.FromSeconds(1)));
        Assert.Equal(new LogMatch(50_001, many.Length, 1, 11, "ERROR: disk is full"), found);
        Assert.Empty(new LogSearch(log, LogPattern.Text("[32m"), 0, 1).Next(true, 100, _time, TimeSpan.FromSeconds(1)));
    }

    [Theory]
    [InlineData("one\ntwo\nthree", 1)]
    [InlineData("one\rtwo\r\nthree\r", 2)]
    [InlineData("\n\r\n\r\r\nend\n", 3)]
    public void Wherever_it_goes_on_numbers_and_positions_are_the_same(string text, int most)
    {
        AttemptLog log = Write(text);
        List<LogMatch> whole = new LogSearch(log, All, 0, 1).Next(true, 100, _time, TimeSpan.FromSeconds(1));
        List<LogMatch> pieces = [];
        for (long offset = 0; ;)
        {
            LogSearch search = new(log, All, offset, log.CountLines(offset) + 1);
            pieces.AddRange(search.Next(true, most, _time, TimeSpan.FromSeconds(1)));
            Assert.True(search.Offset == log.Length || search.Line == log.CountLines(search.Offset) + 1);
            if (!search.HasMore)
                break;
            offset = search.Offset;
        }
        Assert.Equal(whole, pieces);
    }

    [Fact]
    public void A_line_that_is_not_whole_yet_waits_for_its_end()
    {
        AttemptLog log = Write("loss 1\nloss");
        LogSearch search = new(log, LogPattern.Text("loss"), 0, 1);
        Assert.Single(search.Next(last: false, 100, _time, TimeSpan.FromSeconds(1)));
        File.AppendAllText(Path.Combine(_folder, "log"), " 2\r");
        Assert.Empty(search.Next(last: false, 100, _time, TimeSpan.FromSeconds(1))); // A newline may belong to it.
        File.AppendAllText(Path.Combine(_folder, "log"), "\n");
        Assert.Equal(new LogMatch(2, 7, 1, 4, "loss 2"), Assert.Single(search.Next(last: false, 100, _time, TimeSpan.FromSeconds(1))));
    }

    [Fact]
    public void What_was_left_out_is_passed_over_and_long_lines_come_in_pieces()
    {
        AttemptLog log = Write("head" + new string('\0', 96) + "tail\n" + new string('x', 150_000) + "needle\nend\n");
        File.WriteAllText(Path.Combine(_folder, "log.gaps.json"), """{"from":4,"to":100}""");
        List<LogMatch> found = new LogSearch(log, LogPattern.Expression("head|tail|needle|end", out _)!, 0, 1).Next(true, 100, _time, TimeSpan.FromSeconds(1));
        Assert.Equal([(1, 0), (2, 100), (3, 105 + 131_072), (4, 150_112)], found.Select(f => (f.Line, f.Offset)));
        Assert.InRange(found[2].Text.Length, 4, 4002);
        Assert.Contains("needle", found[2].Text, StringComparison.Ordinal);
        Assert.Equal(3, log.CountLines(150_112));
    }

    [Theory]
    [InlineData(20), InlineData(49), InlineData(5000)]
    public void The_last_matches_are_those_that_a_search_from_the_start_ends_with(int most)
    {
        // Lines of many lengths over several windows, some ends in two bytes.
        AttemptLog log = Write(string.Concat(Enumerable.Range(0, 4000).Select(i => $"line {i} {new string('x', i % 97 == 0 ? 40_000 : i % 300)}{(i % 3 == 0 ? "\r\n" : "\n")}")));
        LogPattern pattern = LogPattern.Expression("^line \\d*7 ", out _)!;
        List<LogMatch> all = new LogSearch(log, pattern, 0, 1).Next(true, int.MaxValue, _time, TimeSpan.FromSeconds(1));
        Assert.Equal(400, all.Count);
        List<LogMatch> pages = [];
        for (long before = log.Length; before > 0;)
        {
            (List<LogMatch> page, before, _) = LogSearch.Last(log, pattern, before, most, _time, TimeSpan.FromSeconds(1));
            Assert.Equal(all.SkipLast(pages.Count).TakeLast(most), page);
            pages.InsertRange(0, page);
        }
        Assert.Equal(all, pages);
    }

    [Fact]
    public void Windows_without_the_text_are_passed_over_with_their_lines_counted()
    {
        AttemptLog log = Write(string.Concat(Enumerable.Range(1, 200_000).Select(i => $"step {i} of many{(i % 2 == 0 ? "\r\n" : "\n")}")) + "the Needle");
        Assert.Equal(200_001, Assert.Single(new LogSearch(log, LogPattern.Text("NEEDLE"), 0, 1).Next(true, 10, _time, TimeSpan.FromSeconds(1))).Line);
        Assert.Equal(200_000, Assert.Single(new LogSearch(log, LogPattern.Text("step 200000 "), 0, 1).Next(true, 10, _time, TimeSpan.FromSeconds(1))).Line);
        Assert.Equal((200_000L, log.Length - 10), (log.CountLines(log.Length), log.LineBefore(log.Length, 12)));
    }

    [Fact]
    public void A_text_is_found_in_any_case_wherever_it_stands_among_bytes()
    {
        foreach (string text in new[] { "n", "no", "No such {column}", "@x", "`" })
            for (int before = 0; before < 40; before++)
                for (int after = 0; after < 20; after += 3)
                {
                    byte[] bytes = [.. Enumerable.Repeat((byte)0xE4, before), .. Encoding.ASCII.GetBytes(text.ToUpperInvariant()), .. Enumerable.Repeat((byte)'m', after)];
                    Assert.True(LogPattern.Text(text).MayBeIn(bytes), text);
                    Assert.False(LogPattern.Text(text + "!").MayBeIn(bytes), text);
                    Assert.False(LogPattern.Text(text).MayBeIn(bytes.AsSpan(0, before)), text);
                }
        Assert.False(LogPattern.Text("@").MayBeIn("``````````````````````"u8));
    }

    // Each of them would take a regular expression that goes back longer than the universe has.
    [Theory]
    [InlineData("(a+)+$")]
    [InlineData("(a|aa)*b")]
    [InlineData("(.*)(.*)(.*)(.*)(.*)[^a]$")]
    [InlineData("(a?){500}a{500}$")]
    public void Hostile_expressions_are_matched_in_time_or_refused(string pattern)
    {
        AttemptLog log = Write(new string('a', 5000) + "!\nfine\n");
        if (LogPattern.Expression(pattern, out string? why) is not { } expression)
        {
            Assert.NotEmpty(why!);
            return;
        }
        LogSearch search = new(log, expression, 0, 1);
        search.Next(last: true, 100, _time, TimeSpan.FromHours(1));
        Assert.Equal(log.Length, search.Offset);
    }

    [Theory, InlineData("(a)\\1"), InlineData("(?=a)"), InlineData("("), InlineData("(((a{1000}){1000}){1000}){1000}")]
    public void What_cannot_be_matched_without_going_back_is_refused_and_says_why(string pattern)
    {
        Assert.Null(LogPattern.Expression(pattern, out string? why));
        Assert.NotEmpty(why!);
    }

    [Fact]
    public void A_search_ends_with_its_patience_and_goes_on_from_there()
    {
        AttemptLog log = Write(string.Concat(Enumerable.Range(0, 50).Select(i => $"line {i}\n")));
        _time.AutoAdvanceAmount = TimeSpan.FromMilliseconds(100); // Each look at the clock takes a tenth of a second.
        LogSearch search = new(log, LogPattern.Text("line 49"), 0, 1);
        int calls = 1;
        while (search.Next(last: true, 100, _time, TimeSpan.FromSeconds(1)) is not [{ Line: 50 }])
            Assert.True(search.HasMore && ++calls < 10);
        Assert.True(calls > 1);
    }

    private static LogPattern All => LogPattern.Expression("", out _)!;

    private AttemptLog Write(string text)
    {
        File.WriteAllBytes(Path.Combine(_folder, "log"), Encoding.UTF8.GetBytes(text));
        return AttemptLog.Open(_folder);
    }
}
