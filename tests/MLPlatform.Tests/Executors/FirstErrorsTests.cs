using System.Text;
using CsCheck;
using Microsoft.Extensions.Time.Testing;
using MLPlatform.Core.Alarms;
using MLPlatform.Executors.Process;
using Xunit;

namespace MLPlatform.Tests.Executors;

/// <summary>The first lines that tell of an error, in logs of any length.</summary>
public sealed class FirstErrorsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mlp-log-").FullName;
    private readonly FakeTimeProvider _time = new();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(40_000)]
    [InlineData(300_000)]
    public void An_error_is_found_with_its_place_however_far_in_it_is(int lines)
    {
        string before = string.Concat(Enumerable.Range(0, lines).Select(i => i % 1000 == 0 ? "0 errors\r\n" : "step of many\n"));
        FirstError found = Find(before + "ValueError: no such column\nbye\n");
        Assert.Equal((lines + 1, lines + 1, "ValueError: no such column"), (found.Excerpt!.FirstLine, found.Excerpt.Line, found.Excerpt.Lines[0]));
        Assert.Equal(Encoding.UTF8.GetByteCount(before), found.Offset);
    }

    [Theory]
    [InlineData("\e[31mERROR full", "ERROR full")]
    [InlineData("\e[31mERROR\e[0m: full", "ERROR: full")]
    [InlineData("12:00 \e[1;91m\e[KCRITICAL\e[m full", "12:00 CRITICAL full")]
    [InlineData("\e[1;35mValueError\e[0m: \e[35mno\e[0m", "ValueError: no")]
    [InlineData("\e[1mTraceback (most recent call last):\e[0m", "Traceback (most recent call last):")]
    public void A_coloured_line_that_tells_of_an_error_is_found_and_told_without_its_colours(string line, string told)
    {
        string before = string.Concat(Enumerable.Repeat("\e[32mINFO\e[0m 0 \e[33merrors\e[0m, no \e[31merror\e[0m\n", 20_000));
        FirstError found = Find(before + line + "\n");
        Assert.Equal((before.Length, told), (found.Offset, found.Excerpt!.Lines[0]));
    }

    [Fact]
    public void A_word_is_found_wherever_pieces_of_the_log_are_cut()
    {
        foreach (int at in new[] { 512, 1472, 32 << 10, 512 << 10, 1 << 20 })
            for (int before = at - 70; before < at + 70; before++)
                Assert.Equal(before + 1, Find(new string('x', before) + "\nCRITICAL ü\n").Offset);
    }

    [Fact]
    public void Any_log_tells_what_its_lines_one_by_one_tell() =>
        Gen.OneOf("", "step 1", "0 errors", "no error", "error_rate=0.1", "ERROR: full", "Traceback (most recent call last):", "  File \"a.py\"", "KeyError: 'x'", "panic: out", "größe", "Killed", "a segmentation fault", "Unhandled exception. x")
            .List[0, 12].Sample(lines =>
            {
                LogErrors one = new("a");
                foreach (string line in lines)
                    one.Add(line);
                (LogExcerpt? expected, FirstError found) = (one.Result(), Find(string.Concat(lines.Select(l => l + "\n"))));
                Assert.Equal(one.Found, found.Offset is not null);
                // With no error in it, what is told is the end of the log, from which empty lines are cut.
                if (one.Found)
                    Assert.Equal((expected!.FirstLine, expected.Line, string.Join('|', expected.Lines)), (found.Excerpt!.FirstLine, found.Excerpt.Line, string.Join('|', found.Excerpt.Lines)));
            }, iter: 500, threads: 1);

    // Made of pieces that come near to telling of an error, with every end of a line, other letters, and bytes that are no UTF-8.
    [Fact]
    public void Any_bytes_tell_what_their_lines_one_by_one_tell() =>
        Gen.OneOf("error", "Error", "ERROR", "Exception", "Exception in thread", "killed", "Core dumped", "Traceback (most recent call last):", "panic: ", "Unhandled exception",
                "no ", "0 ", "10 ", "without ", "nano ", "s", "x", "_", "=", "-", ":", ".", " ", "ü", "\u0301", "\u00ff\u00fe", "\0", "\u001b[31m", "\u001b[K", "\u001b[1;", "\u001b[", "m", "\n", "\r", "\r\n", "\n", new string('y', 380), new string('ü', 190))
            .List[0, 30].Sample(pieces =>
            {
                AttemptLog log = Write([.. pieces.SelectMany(p => p == "\u00ff\u00fe" ? [0xFF, 0xFE] : Encoding.UTF8.GetBytes(p))]);
                LogErrors one = new("a");
                LogLines lines = new(log, 0, 1);
                long? offset = null;
                while (lines.TryNext(last: true, out LogLine line))
                {
                    one.Add(line.Text);
                    if (one.Found)
                        offset ??= line.Offset;
                }
                FirstError found = FirstErrors.Find(log, "a", _time, TimeSpan.FromSeconds(1));
                Assert.Equal(offset, found.Offset);
                if (one.Result() is { } expected && one.Found)
                    Assert.Equal((expected.FirstLine, expected.Line, string.Join('|', expected.Lines)), (found.Excerpt!.FirstLine, found.Excerpt.Line, string.Join('|', found.Excerpt.Lines)));
            }, iter: 3000, threads: 1);

    [Fact]
    public void A_line_longer_than_any_that_is_read_whole_is_one_line()
    {
        FirstError found = Find(string.Concat(Enumerable.Repeat("an error ", 100_000)) + "\rnext\nERROR here\n");
        Assert.Equal((1, 0L), (found.Excerpt!.Line, found.Offset)); // Its beginning tells of one.
        found = Find(new string('x', 500) + string.Concat(Enumerable.Repeat("an error ", 300_000)) + "\rnext\nERROR here\n");
        Assert.Equal((3, "ERROR here"), (found.Excerpt!.Line, found.Excerpt.Lines[0]));
    }

    [Fact]
    public void Without_patience_a_long_log_without_errors_is_not_read_to_its_end()
    {
        AttemptLog log = Write(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("step of many\n", 2_000_000))));
        _time.AutoAdvanceAmount = TimeSpan.FromMilliseconds(600); // Each look at the clock takes so long.
        FirstError found = FirstErrors.Find(log, "a", _time, TimeSpan.FromSeconds(1));
        Assert.InRange(found.Searched, 1, log.Length - 1);
        Assert.Equal(2_000_000, found.Excerpt!.Line); // The last lines all the same, with their numbers.
    }

    [Fact]
    public void What_is_written_meanwhile_does_not_change_what_is_told_of_the_log_as_it_was()
    {
        AttemptLog log = Write("one\ntwo\nthr"u8.ToArray());
        using FileStream writer = new(Path.Combine(_folder, "log"), FileMode.Append, FileAccess.Write, FileShare.ReadWrite);
        WritingTime growing = new(() => { writer.Write("ee\nfour\n"u8); writer.Flush(); });
        FirstError found = FirstErrors.Find(log, "a", growing, TimeSpan.FromHours(1));
        Assert.Equal((11L, 1, 3, "one|two|thr"), (found.Searched, found.Excerpt!.FirstLine, found.Excerpt.Line, string.Join('|', found.Excerpt.Lines)));
    }

    [Theory]
    [InlineData("1\n2\n3\n4\n5\n6\n7\n", 3, "3|4|5|6|7")]
    [InlineData("1\n2", 1, "1|2")]
    public void Where_no_line_tells_of_an_error_the_last_ones_are_shown(string log, int first, string lines)
    {
        FirstError found = Find(log);
        Assert.Equal((first, lines, null, log.Length), (found.Excerpt!.FirstLine, string.Join('|', found.Excerpt.Lines), found.Offset, found.Searched));
    }

    [Fact]
    public void Without_patience_it_tells_how_far_it_looked()
    {
        AttemptLog log = Write("one\ntwo\nERROR\n");
        FirstError found = FirstErrors.Find(log, "a", _time, TimeSpan.FromTicks(-1));
        Assert.Equal((null, 0L), (found.Offset, found.Searched));
        Assert.Null(Find("").Excerpt);
    }

    private FirstError Find(string text) => FirstErrors.Find(Write(text), "a", _time, TimeSpan.FromSeconds(1));

    private AttemptLog Write(string text) => Write(Encoding.UTF8.GetBytes(text));

    private AttemptLog Write(byte[] bytes)
    {
        File.WriteAllBytes(Path.Combine(_folder, "log"), bytes);
        File.WriteAllText(Path.Combine(_folder, "exit"), "");
        return AttemptLog.Open(_folder);
    }

    /// <summary>Lets something happen at each look at the clock.</summary>
    private sealed class WritingTime(Action happens) : TimeProvider
    {
        public override long GetTimestamp()
        {
            happens();
            return base.GetTimestamp();
        }
    }
}
