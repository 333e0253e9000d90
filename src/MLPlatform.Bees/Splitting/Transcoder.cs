using System.Text;
using MLPlatform.Core.Bees;

namespace MLPlatform.Bees.Splitting;

/// <summary>Turns text of other encodings into UTF-8. Keeps its buffers: one for each thread that reads.</summary>
internal sealed class Transcoder
{
    private static readonly Encoding Gbk = CodePagesEncodingProvider.Instance.GetEncoding("gb18030")!;
    private char[] _chars = new char[4096];
    private byte[] _utf8 = new byte[4096];

    /// <summary>The text as UTF-8, good until the next call; what is not text becomes U+FFFD.</summary>
    public ReadOnlySpan<byte> ToUtf8(ReadOnlySpan<byte> bytes, TextEncoding encoding)
    {
        if (encoding == TextEncoding.Utf8)
            return bytes;
        int chars = ToChars(bytes, encoding);
        Grow(ref _utf8, Encoding.UTF8.GetMaxByteCount(chars));
        return _utf8.AsSpan(0, Encoding.UTF8.GetBytes(_chars.AsSpan(0, chars), _utf8));
    }

    /// <summary>The text in characters, good until the next call.</summary>
    public ReadOnlySpan<char> ToText(ReadOnlySpan<byte> bytes, TextEncoding encoding) => _chars.AsSpan(0, ToChars(bytes, encoding));

    private int ToChars(ReadOnlySpan<byte> bytes, TextEncoding encoding)
    {
        Grow(ref _chars, bytes.Length + 1);
        return Decoder(encoding).GetChars(bytes, _chars);
    }

    private static Encoding Decoder(TextEncoding encoding) => encoding switch
    {
        TextEncoding.Utf16 => Encoding.Unicode,
        TextEncoding.Utf16BigEndian => Encoding.BigEndianUnicode,
        TextEncoding.Gbk => Gbk,
        _ => Encoding.UTF8,
    };

    private static void Grow<T>(ref T[] buffer, int size)
    {
        if (buffer.Length < size)
            buffer = new T[Math.Max(size, 2 * buffer.Length)];
    }
}
