using MLPlatform.Core.Bees;

namespace MLPlatform.Bees.Splitting;

/// <summary>Where text may be cut without cutting a character.</summary>
internal static class Characters
{
    /// <summary>So many bytes, or up to three less.</summary>
    /// <param name="line">Longer than that.</param>
    public static int Whole(ReadOnlySpan<byte> line, int most, TextEncoding encoding) => encoding switch
    {
        TextEncoding.Utf8 => WholeUtf8(line, most),
        TextEncoding.Gbk => WholeGbk(line, most),
        _ => WholeUtf16(line, most - most % 2, encoding),
    };

    // A continuation byte has the form 10xxxxxx; four of them in a row are no text anyway.
    private static int WholeUtf8(ReadOnlySpan<byte> line, int most)
    {
        int keep = most;
        while (keep > most - 3 && keep > 1 && (line[keep] & 0xC0) == 0x80)
            keep--;
        return (line[keep] & 0xC0) == 0x80 ? most : keep;
    }

    // The second half of a pair is from DC00 to DFFF.
    private static int WholeUtf16(ReadOnlySpan<byte> line, int most, TextEncoding encoding) =>
        most >= 2 && most + 1 < line.Length && (line[encoding == TextEncoding.Utf16BigEndian ? most : most + 1] & 0xFC) == 0xDC ? most - 2 : most;

    // Only from the start of a line can it be told which byte begins a character: one, two, or four with a digit second.
    private static int WholeGbk(ReadOnlySpan<byte> line, int most)
    {
        int at = 0;
        while (at < most)
        {
            int length = line[at] < 0x81 || at + 1 >= line.Length ? 1 : line[at + 1] is >= 0x30 and <= 0x39 ? 4 : 2;
            if (at + length > most)
                break;
            at += length;
        }
        return at;
    }
}
