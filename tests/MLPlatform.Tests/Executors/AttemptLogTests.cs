using System.Text;
using MLPlatform.Executors.Process;
using Xunit;

namespace MLPlatform.Tests.Executors;

/// <summary>Reading a log in pieces, with and without a part left out.</summary>
public sealed class AttemptLogTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mlp-log-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void An_attempt_without_a_log_reads_as_empty()
    {
        AttemptLog log = AttemptLog.Open(_folder);
        Assert.Equal((0L, "", ""), (log.Length, log.Read(0, 100).Text, log.Tail(5)));
    }

    [Fact]
    public void Pieces_joined_are_the_log_even_where_they_cut_a_character_or_a_colour()
    {
        const string whole = "größer\n模型 und 🙂 mehr\nrot\n";
        AttemptLog log = Write(whole.Replace("rot", "\e[1;31mrot\e[0m", StringComparison.Ordinal));
        for (int piece = 7; piece < 20; piece++)
        {
            var text = new StringBuilder();
            for (long at = 0; at < log.Length;)
            {
                LogChunk chunk = log.Read(at, piece);
                Assert.True(chunk.Next > at);
                text.Append(chunk.Text);
                at = chunk.Next;
            }
            Assert.Equal(whole, text.ToString());
        }
    }

    [Fact]
    public void A_character_cut_off_at_the_end_of_a_growing_log_waits_for_its_rest()
    {
        AttemptLog log = Write("ab");
        File.AppendAllBytes(Path.Combine(_folder, "log"), [0xE6, 0xA8]);
        Assert.Equal(("ab", 2L), (log.Read(0, 100).Text, log.Read(0, 100).Next));
        File.WriteAllText(Path.Combine(_folder, "exit.json"), "{}");
        Assert.Equal(4, log.Read(0, 100).Next);
    }

    [Theory]
    [InlineData("\e[1;31mred", "red")]
    [InlineData("\e[1;31", "␛[1;31")]
    public void Also_pieces_of_a_byte_get_to_the_end(string text, string last)
    {
        AttemptLog log = Write(text);
        File.WriteAllText(Path.Combine(_folder, "exit.json"), "{}");
        for (long at = 0; at < log.Length; at = log.Read(at, 1).Next)
            Assert.True(log.Read(at, 1).Next > at);
        Assert.Equal(last, log.Read(0, 100).Text);
    }

    [Theory]
    [InlineData("ab", new byte[] { 0xE6, 0xA8 })]
    [InlineData("ab", new byte[] { 0x1B, (byte)'[' })]
    public void What_the_part_that_was_left_out_cuts_does_not_keep_from_what_follows(string head, byte[] cut)
    {
        AttemptLog log = Write(head);
        File.AppendAllBytes(Path.Combine(_folder, "log"), [.. cut, .. new byte[96], .. "tail\n"u8]);
        File.WriteAllText(Path.Combine(_folder, "log.gaps.json"), """{"from":4,"to":100}""");
        LogChunk before = log.Read(0, 1000);
        Assert.Equal(4, before.Next);
        Assert.EndsWith("tail\n", log.Read(before.Next, 1000).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_part_left_out_is_told_and_skipped()
    {
        AttemptLog log = Write("head" + new string('\0', 96) + "tail\n");
        File.WriteAllText(Path.Combine(_folder, "log.gaps.json"), """{"from":4,"to":100}""");
        LogChunk head = log.Read(0, 1000);
        Assert.Equal(("head", 4L), (head.Text, head.Next));
        LogChunk tail = log.Read(head.Next, 1000);
        Assert.Equal("\n[… 96 bytes left out …]\ntail\n", tail.Text);
        Assert.Equal(tail, log.Read(50, 1000));
        Assert.Equal("tail", log.Tail(1));
    }

    [Fact]
    public void The_tail_of_a_long_log_is_its_last_lines()
    {
        AttemptLog log = Write(string.Concat(Enumerable.Range(0, 50_000).Select(i => $"line {i}\n")));
        Assert.Equal("line 49998\nline 49999", log.Tail(2));
        Assert.Equal(20_000, log.Tail(20_000).Split('\n').Length);
    }

    private AttemptLog Write(string text)
    {
        File.WriteAllText(Path.Combine(_folder, "log"), text);
        return AttemptLog.Open(_folder);
    }
}
