using System.Text;
using MLPlatform.Executors.Process;
using Xunit;

namespace MLPlatform.Tests.Executors;

/// <summary>What programs print, made harmless and made short.</summary>
public sealed class LogTextTests
{
    [Theory]
    [InlineData("plain\ttext\n", "plain\ttext\n")]
    [InlineData("nul\0bell\a", "nul␀bell␇")]
    [InlineData("\e[31mred\e[0m", "red")]
    [InlineData("\e[01m\e[Kfile.c:1:\e[m\e[K \e[38;2;255;0;0;48:2::9:9:9merror\e[0m", "file.c:1: error")]
    [InlineData("\e[2J\e]0;title\a\e\e[", "␛[2J␛]0;title␇␛␛[")]
    [InlineData("\e[3\e[1mbold\e[ mno", "␛[3bold␛[ mno")]
    [InlineData("windows\r\nline", "windows\nline")]
    [InlineData("10%\r20%\r", "10%\n20%\n")]
    [InlineData("delete\x7f", "delete␡")]
    [InlineData("größer 模型", "größer 模型")]
    public void Control_characters_become_visible_and_colours_go(string raw, string shown) => Assert.Equal(shown, Harmless.Text(Encoding.UTF8.GetBytes(raw)));

    [Fact]
    public void A_sequence_too_long_to_be_a_colour_stays() => Assert.StartsWith("␛[111", Harmless.Text(Encoding.UTF8.GetBytes($"\e[{new string('1', 100)}mred")), StringComparison.Ordinal);

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
