using System.Text;
using MLPlatform.Activities.Bees;
using MLPlatform.Activities.Tables;

namespace MLPlatform.Activities.Data.Stores;

/// <summary>
/// Turns text of another encoding into UTF-8, as a stream. What means nothing in the encoding becomes a byte that is never
/// UTF-8, so that the reader finds it in its record and sends that record to quarantine instead of guessing.
/// </summary>
internal static class Transcoding
{
    private const char Mark = '\uFFFF';
    private const byte NeverUtf8 = 0xFF;

    /// <summary>The encoding of that name; null for UTF-8, which needs nothing.</summary>
    public static Encoding? Find(string? name)
    {
        if (name is null || name.Equals("utf-8", StringComparison.OrdinalIgnoreCase) || name.Equals("utf8", StringComparison.OrdinalIgnoreCase))
            return null;
        // A code page that has no such character must say so; the default would put a question mark.
        Encoding? found = CodePagesEncodingProvider.Instance.GetEncoding(name, EncoderFallback.ExceptionFallback, new DecoderReplacementFallback(Mark.ToString()));
        if (found is not null)
            return found;
        try
        {
            return Encoding.GetEncoding(name, EncoderFallback.ExceptionFallback, new DecoderReplacementFallback(Mark.ToString()));
        }
        catch (ArgumentException problem)
        {
            throw DataErrors.Bad("DATA-128", $"There is no encoding '{name}'. Name one such as utf-8, utf-16, gb18030, big5, shift_jis or windows-1252.", problem);
        }
    }

    public static void Convert(SourceFile source, string target, Encoding encoding, CancellationToken cancel)
    {
        using SourceStream content = SourceStream.Open(source);
        using FileStream output = File.Create(target);
        using StreamReader reader = new(content, encoding, detectEncodingFromByteOrderMarks: false, 1 << 16);
        char[] chars = new char[1 << 16];
        byte[] bytes = new byte[Encoding.UTF8.GetMaxByteCount(chars.Length)];
        Encoder utf8 = new UTF8Encoding(false).GetEncoder();
        bool first = true;
        for (int read; (read = reader.Read(chars, 0, chars.Length)) > 0; first = false)
        {
            cancel.ThrowIfCancellationRequested();
            ReadOnlySpan<char> rest = chars.AsSpan(0, read);
            if (first && rest[0] == '\uFEFF')
                rest = rest[1..];
            while (rest.Length > 0)
            {
                int mark = rest.IndexOf(Mark);
                ReadOnlySpan<char> plain = mark < 0 ? rest : rest[..mark];
                output.Write(bytes, 0, utf8.GetBytes(plain, bytes, flush: mark >= 0));
                if (mark >= 0)
                    output.WriteByte(NeverUtf8);
                rest = mark < 0 ? [] : rest[(mark + 1)..];
            }
        }
        output.Write(bytes, 0, utf8.GetBytes([], bytes, flush: true));
    }
}
