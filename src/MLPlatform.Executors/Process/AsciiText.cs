using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Text;

namespace MLPlatform.Executors.Process;

/// <summary>Looks for an ASCII text in whatever case among bytes, sixteen places at a time: where its first and its last byte stand, it is compared.</summary>
internal static class AsciiText
{
    private const byte LowerCase = 0x20;

    public static bool IsIn(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> text)
    {
        int at = 0, last = text.Length - 1;
        (Vector128<byte> first, Vector128<byte> firstCase) = Anchor(text[0]);
        (Vector128<byte> end, Vector128<byte> endCase) = Anchor(text[last]);
        ref byte start = ref MemoryMarshal.GetReference(bytes);
        for (; at <= bytes.Length - last - Vector128<byte>.Count; at += Vector128<byte>.Count)
        {
            uint places = (Vector128.Equals(Vector128.LoadUnsafe(ref start, (nuint)at) | firstCase, first)
                & Vector128.Equals(Vector128.LoadUnsafe(ref start, (nuint)(at + last)) | endCase, end)).ExtractMostSignificantBits();
            for (; places != 0; places &= places - 1)
                if (Ascii.EqualsIgnoreCase(bytes.Slice(at + BitOperations.TrailingZeroCount(places), text.Length), text))
                    return true;
        }
        for (; at < bytes.Length - last; at++)
            if (Ascii.EqualsIgnoreCase(bytes.Slice(at, text.Length), text))
                return true;
        return false;
    }

    private static (Vector128<byte> Lower, Vector128<byte> Case) Anchor(byte b) =>
        (Vector128.Create(char.IsAsciiLetter((char)b) ? (byte)(b | LowerCase) : b), Vector128.Create(char.IsAsciiLetter((char)b) ? LowerCase : (byte)0));
}
