using MLPlatform.Core.Alarms;
using Xunit;

namespace MLPlatform.Tests.Alarms;

public class LogErrorsTests
{
    [Theory]
    [InlineData("start|Traceback (most recent call last):|  File \"a.py\", line 3|ValueError: no|end", 2, 4, "Traceback (most recent call last):|  File \"a.py\", line 3|ValueError: no")]
    [InlineData("a|b|ERROR: disk is full|at /data", 3, 3, "ERROR: disk is full|at /data")]
    [InlineData("0 errors|error_rate=0.1|no error|2026 Error: here||gone", 4, 4, "2026 Error: here")]
    [InlineData("x java.lang.IllegalStateException: y", 1, 1, "x java.lang.IllegalStateException: y")]
    [InlineData("1|2|3|4|5|6|7", 3, 7, "3|4|5|6|7")]
    [InlineData("Killed", 1, 1, "Killed")]
    public void The_first_lines_that_tell_of_an_error_are_found_with_their_place(string log, int first, int says, string lines)
    {
        LogErrors errors = new("attempt");
        foreach (string line in log.Split('|'))
            errors.Add(line);
        LogExcerpt found = errors.Result()!;
        Assert.Equal((first, says, lines), (found.FirstLine, found.Line, string.Join('|', found.Lines)));
    }

    [Fact]
    public void An_empty_log_tells_nothing() => Assert.Null(new LogErrors("attempt").Result());

    [Fact]
    public void A_long_traceback_keeps_its_beginning_and_what_it_is_about()
    {
        LogErrors errors = new("attempt");
        errors.Add("Traceback (most recent call last):");
        for (int i = 0; i < 100; i++)
            errors.Add($"  File \"a.py\", line {i}");
        errors.Add("RecursionError: too deep");
        errors.Add("after");
        LogExcerpt found = errors.Result()!;
        Assert.Equal((12, 102, "RecursionError: too deep"), (found.Lines.Count, found.Line, found.Lines[^1]));
        Assert.True(errors.Done);
    }
}
