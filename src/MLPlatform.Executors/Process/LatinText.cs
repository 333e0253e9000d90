using System.Buffers;
using System.Text;

namespace MLPlatform.Executors.Process;

/// <summary>Looks for words among bytes as fast as they are read: each byte is taken for a character, which finds what is ASCII.</summary>
internal static class LatinText
{
    private const int FirstPiece = 512;
    private const int LargestPiece = 32 << 10;
    private const int LongestWord = 64;

    /// <summary>Where the first of the words begins, or -1.</summary>
    /// <param name="words">Of ASCII, 64 characters at most.</param>
    public static int IndexOfAny(ReadOnlySpan<byte> bytes, SearchValues<string> words)
    {
        char[] text = ArrayPool<char>.Shared.Rent(LargestPiece);
        try
        {
            // Pieces overlap, so that no word is cut in two; they grow, so that a word near the beginning costs little.
            for ((int from, int piece) = (0, FirstPiece); from < bytes.Length; from += piece - LongestWord, piece = Math.Min(2 * piece, LargestPiece))
            {
                int length = Encoding.Latin1.GetChars(bytes.Slice(from, Math.Min(piece, bytes.Length - from)), text);
                int found = text.AsSpan(0, length).IndexOfAny(words);
                if (found >= 0)
                    return from + found;
            }
            return -1;
        }
        finally
        {
            ArrayPool<char>.Shared.Return(text);
        }
    }
}
