using MLPlatform.Executors.Process;
using Xunit;

namespace MLPlatform.Tests.Executors;

/// <summary>What programs print, made harmless and made short.</summary>
public sealed class LogTextTests
{
    [Theory]
    [InlineData("plain\ttext\n", "plain\ttext\n")]
    [InlineData("nul\0bell\a", "nul␀bell␇")]
    [InlineData("\e[31mred\e[0m", "␛[31mred␛[0m")]
    [InlineData("windows\r\nline", "windows\nline")]
    [InlineData("10%\r20%\r", "10%\n20%\n")]
    [InlineData("delete\x7f", "delete␡")]
    [InlineData("größer 模型", "größer 模型")]
    public void Control_characters_become_visible(string raw, string shown) => Assert.Equal(shown, Harmless.Text(raw));

    [Fact]
    public void Bytes_that_are_no_text_become_replacement_characters() =>
        Assert.Equal("a\uFFFDb", Harmless.Text([(byte)'a', 0xFF, (byte)'b']));

    [Fact]
    public void Last_words_are_the_lines_that_look_like_errors() =>
        Assert.Equal(
            "Traceback (most recent call last):\nFile \"x.py\", line 3\nValueError: bad\nbye",
            LastWords.Of("epoch 1\nepoch 2\nTraceback (most recent call last):\n  File \"x.py\", line 3\nValueError: bad\nbye\n"));

    [Fact]
    public void Frames_of_a_stack_are_no_last_words() =>
        Assert.Equal("Process terminated.\nwhy it did", LastWords.Of("Process terminated.\nwhy it did\n   at System.Environment.FailFast()\n   at Main()\n"));

    [Fact]
    public void Without_errors_the_last_lines_are_the_last_words() =>
        Assert.Equal("4\n5\n6\n7\n8", LastWords.Of("1\n2\n3\n4\n5\n6\n7\n8\n"));

    [Fact]
    public void A_very_long_line_is_cut() => Assert.Equal(301, LastWords.Of(new string('x', 10_000)).Length);
}
