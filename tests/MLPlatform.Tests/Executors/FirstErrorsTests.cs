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

    [Fact]
    public void A_word_is_found_wherever_pieces_of_the_log_are_cut()
    {
        foreach (int at in new[] { 512, 1472, 32 << 10, 1 << 20 })
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

    private AttemptLog Write(string text)
    {
        File.WriteAllBytes(Path.Combine(_folder, "log"), Encoding.UTF8.GetBytes(text));
        File.WriteAllText(Path.Combine(_folder, "exit"), "");
        return AttemptLog.Open(_folder);
    }
}
