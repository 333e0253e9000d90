using System.Runtime.InteropServices;
using MLPlatform.Core.Bees;

namespace MLPlatform.Bees.Splitting;

/// <summary>Where lines end in the bytes of an encoding.</summary>
internal static class LineEnds
{
    /// <summary>Bytes of a character that a line can end with: lines begin at multiples of it.</summary>
    public static int Unit(TextEncoding encoding) => encoding is TextEncoding.Utf16 or TextEncoding.Utf16BigEndian ? 2 : 1;

    /// <summary>The byte behind the next line end, or -1.</summary>
    public static int Next(ReadOnlySpan<byte> bytes, TextEncoding encoding)
    {
        if (Unit(encoding) == 1)
            return bytes.IndexOf((byte)'\n') + 1 is > 0 and int end ? end : -1;
        ReadOnlySpan<ushort> units = MemoryMarshal.Cast<byte, ushort>(bytes);
        ushort wanted = encoding == TextEncoding.Utf16BigEndian ? (ushort)0x0A00 : (ushort)0x000A;
        int at = units.IndexOf(wanted);
        return at < 0 ? -1 : 2 * (at + 1);
    }

    /// <summary>The line without its end: a line feed, and a carriage return before it.</summary>
    public static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> line, TextEncoding encoding)
    {
        int unit = Unit(encoding);
        if (line.Length < unit || !Is(line[^unit..], '\n', encoding))
            return line;
        line = line[..^unit];
        return line.Length >= unit && Is(line[^unit..], '\r', encoding) ? line[..^unit] : line;
    }

    private static bool Is(ReadOnlySpan<byte> unit, char wanted, TextEncoding encoding) => encoding switch
    {
        TextEncoding.Utf16 => unit[0] == wanted && unit[1] == 0,
        TextEncoding.Utf16BigEndian => unit[0] == 0 && unit[1] == wanted,
        _ => unit[0] == wanted,
    };
}
