using System.Buffers;

namespace MLPlatform.Core.Alarms;

/// <summary>
/// The sequences by which programs colour what they print (<c>ESC [ … m</c>) and clear the rest of a coloured line (<c>ESC [ K</c>). They
/// say nothing, so text is read and shown without them. What else a terminal may be told is no colour and stays.
/// </summary>
public static class TerminalColours
{
    private const byte Escape = 0x1B;

    // Foreground and background of 24 bits each take less; what goes on for longer is no colour.
    private const int Longest = 64;
    private static readonly SearchValues<byte> Parameters = SearchValues.Create("0123456789:;"u8);

    /// <summary>The text without them: itself where it has none, else a copy.</summary>
    /// <param name="room">Where the copy goes; made larger where it has to be.</param>
    public static ReadOnlySpan<byte> Without(ReadOnlySpan<byte> text, ref byte[] room)
    {
        int escape = text.IndexOf(Escape);
        if (escape < 0)
            return text;
        if (room.Length < text.Length)
            room = GC.AllocateUninitializedArray<byte>(text.Length);
        int kept = 0;
        for (; escape >= 0; escape = text.IndexOf(Escape))
        {
            int colour = LengthOf(text[escape..]), plain = colour > 0 ? escape : escape + 1;
            text[..plain].CopyTo(room.AsSpan(kept));
            kept += plain;
            text = text[(plain + colour)..];
        }
        text.CopyTo(room.AsSpan(kept));
        return room.AsSpan(0, kept + text.Length);
    }

    /// <summary>Whether the text ends in one.</summary>
    public static bool IsAtEnd(ReadOnlySpan<byte> text)
    {
        if (text is not [.., (byte)'m' or (byte)'K'])
            return false;
        text = text[^Math.Min(text.Length, Longest)..];
        int bracket = text[..^1].LastIndexOfAnyExcept(Parameters);
        return bracket > 0 && text[bracket] == '[' && text[bracket - 1] == Escape;
    }

    /// <summary>How many bytes at the end may be the beginning of one, whose rest is still to come.</summary>
    public static int CutAtEnd(ReadOnlySpan<byte> text)
    {
        text = text[^Math.Min(text.Length, Longest - 1)..];
        int escape = text.LastIndexOf(Escape);
        if (escape < 0)
            return 0;
        text = text[escape..];
        return text.Length == 1 || (text[1] == '[' && !text[2..].ContainsAnyExcept(Parameters)) ? text.Length : 0;
    }

    // Of what begins with an escape; 0 where that is no colour.
    private static int LengthOf(ReadOnlySpan<byte> text)
    {
        if (text is not [_, (byte)'[', _, ..])
            return 0;
        text = text[..Math.Min(text.Length, Longest)];
        int end = text[2..].IndexOfAnyExcept(Parameters);
        return end >= 0 && text[2 + end] is ((byte)'m' or (byte)'K') ? end + 3 : 0;
    }
}
