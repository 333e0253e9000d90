using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Text;

namespace MLPlatform.Executors.Process;

/// <summary>
/// Looks for any of some words among bytes, sixteen places at a time (the algorithm known as Teddy): the halves of each of three bytes
/// are looked up in tables that say which words could begin there, and only there is compared.
/// </summary>
internal sealed class WordScan
{
    private const int Prefix = 3;
    private const int Buckets = 8;
    private readonly (string Text, byte[] Bytes)[][] _buckets;
    private readonly (Vector128<byte> Low, Vector128<byte> High)[] _tables = new (Vector128<byte>, Vector128<byte>)[Prefix];

    /// <param name="words">Of ASCII, three characters at least.</param>
    public WordScan(IEnumerable<string> words)
    {
        // Words that begin alike share a bucket: together they let no more through than one of them.
        _buckets = [.. words.GroupBy(w => w[..Prefix], StringComparer.OrdinalIgnoreCase).Index().GroupBy(g => g.Index % Buckets, g => g.Item)
            .Select(bucket => bucket.SelectMany(group => group).Select(w => (w, Encoding.ASCII.GetBytes(w))).ToArray())];
        for (int i = 0; i < Prefix; i++)
        {
            byte[] low = new byte[16], high = new byte[16];
            foreach ((int bucket, (string, byte[] Bytes)[] within) in _buckets.Index())
                foreach ((_, byte[] word) in within)
                {
                    low[word[i] & 15] |= (byte)(1 << bucket);
                    high[word[i] >> 4] |= (byte)(1 << bucket);
                }
            _tables[i] = (Vector128.Create(low), Vector128.Create(high));
        }
    }

    /// <summary>Whether a word that stands at a place is wanted.</summary>
    public delegate bool Judge(ReadOnlySpan<byte> bytes, int at, string word);

    /// <summary>Where the first word that is wanted begins, or -1.</summary>
    public int IndexOfAny(ReadOnlySpan<byte> bytes, Judge isWanted)
    {
        (Vector128<byte> low0, Vector128<byte> high0) = _tables[0];
        (Vector128<byte> low1, Vector128<byte> high1) = _tables[1];
        (Vector128<byte> low2, Vector128<byte> high2) = _tables[2];
        Vector128<byte> half = Vector128.Create((byte)15);
        int width = Vector128<byte>.Count, at = 0;
        ref byte start = ref MemoryMarshal.GetReference(bytes);
        for (; at <= bytes.Length - width - (Prefix - 1); at += width)
        {
            Vector128<byte> first = Vector128.LoadUnsafe(ref start, (nuint)at), second = Vector128.LoadUnsafe(ref start, (nuint)at + 1), third = Vector128.LoadUnsafe(ref start, (nuint)at + 2);
            Vector128<byte> may = Vector128.ShuffleNative(low0, first & half) & Vector128.ShuffleNative(high0, first >>> 4)
                & Vector128.ShuffleNative(low1, second & half) & Vector128.ShuffleNative(high1, second >>> 4)
                & Vector128.ShuffleNative(low2, third & half) & Vector128.ShuffleNative(high2, third >>> 4);
            if (may == Vector128<byte>.Zero)
                continue;
            for (uint places = ~Vector128.Equals(may, Vector128<byte>.Zero).ExtractMostSignificantBits() & 0xFFFF; places != 0; places &= places - 1)
            {
                int place = BitOperations.TrailingZeroCount(places);
                if (IsAt(bytes, at + place, may[place], isWanted))
                    return at + place;
            }
        }
        for (; at < bytes.Length; at++)
            if (IsAt(bytes, at, byte.MaxValue, isWanted))
                return at;
        return -1;
    }

    private bool IsAt(ReadOnlySpan<byte> bytes, int at, byte buckets, Judge isWanted)
    {
        for (uint left = buckets; left != 0; left &= left - 1)
        {
            int bucket = BitOperations.TrailingZeroCount(left);
            if (bucket >= _buckets.Length)
                return false;
            foreach ((string text, byte[] word) in _buckets[bucket])
                if (bytes[at..].StartsWith(word) && isWanted(bytes, at, text))
                    return true;
        }
        return false;
    }
}
