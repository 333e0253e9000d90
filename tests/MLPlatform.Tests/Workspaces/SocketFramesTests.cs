using System.Text;
using MLPlatform.Core.Workspaces;
using Xunit;

namespace MLPlatform.Tests.Workspaces;

public sealed class SocketFramesTests
{
    private const int Text = 1, Binary = 2, Continuation = 0, Close = 8, Ping = 9, Pong = 10, Compressed = 0x40;

    private static readonly int[] Pieces = [1, 2, 3, 7, 4096, int.MaxValue];

    public static TheoryData<string, int, int, bool> Frames => new()
    {
        { "text", Text, 5, true }, { "an empty text", Text, 0, true }, { "binary", Binary, 300, true }, { "a continuation", Continuation, 70_000, true },
        { "a pong", Pong, 4, false }, { "a ping", Ping, 0, false }, { "a close", Close, 2, false },
    };

    [Theory, MemberData(nameof(Frames))]
    public void Messages_count_and_heartbeats_do_not_however_the_bytes_arrive(string _, int opcode, int length, bool counts)
    {
        // Payload full of what looks like headers of messages.
        byte[] stream = [.. Frame(Pong, Filled(3)), .. Frame(opcode, Filled(length)), .. Frame(Pong, Filled(126))];
        foreach (int piece in Pieces)
            Assert.Equal(counts, Pass(new SocketFrames(), stream, piece));
    }

    public static TheoryData<string, byte[][], string[]> Messages => new()
    {
        { "one text", [Frame(Text, Said("one"))], ["one"] },
        { "not masked, as servers send them", [Frame(Text, Said("one"), mask: false), Frame(Text, Said("two"), mask: false)], ["one", "two"] },
        { "in frames with a heartbeat between", [Frame(Text, Said("on"), last: false), Frame(Ping, Said("?")), Frame(Continuation, Said("e ")), Frame(Text, Said("two"))], ["one ", "two"] },
        { "a frame without bytes", [Frame(Text, Said("one"), last: false), Frame(Continuation, []), Frame(Text, [])], ["one", ""] },
        { "binary between", [Frame(Binary, Said("no"), last: false), Frame(Continuation, Said("no")), Frame(Text, Said("one"))], ["one"] },
        { "a compressed one", [Frame(Text | Compressed, Said("no")), Frame(Text, Said("one"))], ["one"] },
        { "the beginning of a long one", [Frame(Text, Said(new string('x', 70_000))), Frame(Text, Said("one"))], [new string('x', 100), "one"] },
    };

    [Theory, MemberData(nameof(Messages))]
    public void Text_is_heard_however_it_was_cut(string _, byte[][] frames, string[] expected)
    {
        foreach (int piece in Pieces)
        {
            List<string> heard = [];
            Pass(new SocketFrames(m => heard.Add(Encoding.UTF8.GetString(m)), 100), [.. frames.SelectMany(f => f)], piece);
            Assert.Equal(expected, heard);
        }
    }

    private static bool Pass(SocketFrames frames, byte[] stream, int piece)
    {
        bool seen = false;
        for (int at = 0; at < stream.Length; at += Math.Min(piece, stream.Length - at))
            seen |= frames.Pass(stream.AsSpan(at, Math.Min(piece, stream.Length - at)));
        return seen;
    }

    private static byte[] Filled(int length) => [.. Enumerable.Repeat((byte)0x81, length)];

    private static byte[] Said(string text) => Encoding.UTF8.GetBytes(text);

    private static byte[] Frame(int opcode, byte[] payload, bool mask = true, bool last = true)
    {
        int length = payload.Length, masked = mask ? 0x80 : 0;
        byte[] size = length switch
        {
            < 126 => [(byte)(masked | length)],
            < 65536 => [(byte)(masked | 126), (byte)(length >> 8), (byte)length],
            _ => [(byte)(masked | 127), 0, 0, 0, 0, 0, (byte)(length >> 16), (byte)(length >> 8), (byte)length],
        };
        byte[] key = mask ? [1, 2, 3, 4] : [];
        return [(byte)((last ? 0x80 : 0) | opcode), .. size, .. key, .. payload.Select((b, i) => mask ? (byte)(b ^ key[i % 4]) : b)];
    }
}
