using System.Text;
using System.Text.RegularExpressions;
using CsCheck;
using MLPlatform.Bees.Splitting;
using MLPlatform.Core.Bees;
using Xunit;

namespace MLPlatform.Tests.Bees;

/// <summary>However a file is cut into stretches, the same records come out.</summary>
public sealed class RecordSplitterTests
{
    private const int Window = 256;
    private static readonly Gen<string> Line = Gen.OneOf(
        Gen.Const(""), Gen.Const("[1] start"), Gen.Const("  at x"), Gen.Const("é点击"), Gen.Int[1, 300].Select(n => new string('x', n)), Gen.Int[1, 70].Select(n => "[" + new string('é', n)));

    private static readonly Gen<string> Text = Gen.Select(Line.Array[0, 30], Gen.Bool, Gen.Bool, Gen.Bool, (lines, carriage, end, mark) =>
        (mark ? "\uFEFF" : "") + string.Join(carriage ? "\r\n" : "\n", lines) + (end ? "\n" : ""));

    [Theory]
    [InlineData(LongLines.Cut, false, TextEncoding.Utf8)]
    [InlineData(LongLines.Skip, false, TextEncoding.Utf8)]
    [InlineData(LongLines.Cut, true, TextEncoding.Utf8)]
    [InlineData(LongLines.Skip, true, TextEncoding.Utf8)]
    [InlineData(LongLines.Cut, false, TextEncoding.Utf16)]
    [InlineData(LongLines.Cut, false, TextEncoding.Utf16BigEndian)]
    [InlineData(LongLines.Cut, false, TextEncoding.Gbk)]
    public void The_same_records_come_however_the_bytes_arrive(LongLines rule, bool multiline, TextEncoding encoding)
    {
        RecordRules rules = new() { LongLines = rule, MostBytes = 100, Encoding = encoding, Start = multiline ? new Regex(@"^\[", RegexOptions.NonBacktracking) : null };
        Gen.Select(Text, Gen.Int[1, 60].Array[1, 20]).Sample((text, steps) =>
        {
            byte[] bytes = Encode(text, encoding);
            List<(long, string)> all = Deliver(bytes, [bytes.Length], rules), some = Deliver(bytes, steps, rules);
            Assert.Equal(all, some);
            if (!multiline)
                Assert.Equal(Expected(text, rules), all.Select(r => r.Item2));
        });
    }

    // What arrives grows step by step; the window shows at most so much of it, as in the agent.
    private static List<(long, string)> Deliver(byte[] bytes, int[] steps, RecordRules rules)
    {
        RecordSplitter splitter = new(rules);
        BatchWriter batch = new();
        List<(long, string)> records = [];
        (int position, int arrived, bool inLong) = (0, 0, false);
        for (int step = 0; arrived < bytes.Length || step == 0; step++)
        {
            arrived = Math.Min(bytes.Length, arrived + steps[step % steps.Length]);
            int consumed;
            do
            {
                int length = Math.Min(Window, arrived - position);
                bool finished = arrived == bytes.Length && position + length == arrived;
                batch.Start(position);
                SplitResult result = splitter.Split(bytes.AsSpan(position, length), new(position, length == Window, false, finished, inLong), batch);
                foreach (BatchRecord record in batch.Records)
                    records.Add((record.Position, Encoding.UTF8.GetString(record.Bytes)));
                (consumed, inLong) = (result.Consumed, result.InLongLine);
                position += consumed;
            }
            while (consumed > 0);
        }
        Assert.Equal(bytes.Length, position);
        return records;
    }

    private static IEnumerable<string> Expected(string text, RecordRules rules)
    {
        text = text.TrimStart('\uFEFF');
        string[] lines = text.Split('\n');
        foreach (string line in text.EndsWith('\n') || text.Length == 0 ? lines[..^1] : lines)
        {
            int size = Encode(line, rules.Encoding).Length + (text.Length > 0 ? Encode("\n", rules.Encoding).Length : 0);
            bool last = ReferenceEquals(line, lines[^1]);
            if (size - (last ? Encode("\n", rules.Encoding).Length : 0) <= rules.MostBytes)
                yield return line.EndsWith('\r') && !last ? line[..^1] : line;
            else if (rules.LongLines == LongLines.Cut)
                yield return Cut(line, rules);
        }
    }

    private static string Cut(string line, RecordRules rules)
    {
        int keep = line.Length;
        while (Encode(line[..keep], rules.Encoding).Length > rules.MostBytes)
            keep--;
        return line[..keep];
    }

    private static byte[] Encode(string text, TextEncoding encoding)
    {
        Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);
        return encoding switch
        {
            TextEncoding.Utf16 => Encoding.Unicode.GetBytes(text),
            TextEncoding.Utf16BigEndian => Encoding.BigEndianUnicode.GetBytes(text),
            TextEncoding.Gbk => Encoding.GetEncoding("gb18030").GetBytes(text.TrimStart('\uFEFF')),
            _ => Encoding.UTF8.GetBytes(text),
        };
    }
}
