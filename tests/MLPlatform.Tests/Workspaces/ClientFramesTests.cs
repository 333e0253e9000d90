using MLPlatform.Core.Workspaces;
using Xunit;

namespace MLPlatform.Tests.Workspaces;

public sealed class ClientFramesTests
{
    private const int Text = 1, Binary = 2, Continuation = 0, Close = 8, Ping = 9, Pong = 10;

    public static TheoryData<string, int, int, bool> Frames => new()
    {
        { "text", Text, 5, true }, { "an empty text", Text, 0, true }, { "binary", Binary, 300, true }, { "a continuation", Continuation, 70_000, true },
        { "a pong", Pong, 4, false }, { "a ping", Ping, 0, false }, { "a close", Close, 2, false },
    };

    [Theory, MemberData(nameof(Frames))]
    public void Messages_count_and_heartbeats_do_not_however_the_bytes_arrive(string _, int opcode, int length, bool counts)
    {
        // Payload full of what looks like headers of messages.
        byte[] stream = [.. Frame(Pong, 3), .. Frame(opcode, length), .. Frame(Pong, 126)];
        foreach (int piece in (int[])[1, 2, 3, 7, 4096, int.MaxValue])
        {
            ClientFrames frames = new();
            bool seen = false;
            for (int at = 0; at < stream.Length; at += Math.Min(piece, stream.Length - at))
                seen |= frames.Pass(stream.AsSpan(at, Math.Min(piece, stream.Length - at)));
            Assert.Equal(counts, seen);
        }
    }

    private static byte[] Frame(int opcode, int length)
    {
        byte[] size = length switch { < 126 => [(byte)(0x80 | length)], < 65536 => [0x80 | 126, (byte)(length >> 8), (byte)length], _ => [0x80 | 127, 0, 0, 0, 0, 0, (byte)(length >> 16), (byte)(length >> 8), (byte)length] };
        return [(byte)(0x80 | opcode), .. size, 1, 2, 3, 4, .. Enumerable.Repeat((byte)0x81, length)];
    }
}
