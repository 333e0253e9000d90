using System.Text;
using System.Text.Json;

namespace MLPlatform.Core.Pipelines.Source;

/// <summary>The bytes of a pipeline file: where lines begin, what stands where.</summary>
internal sealed class SourceFile
{
    private readonly List<int> _lineStarts = [0];

    public SourceFile(ReadOnlyMemory<byte> utf8, string name)
    {
        Utf8 = utf8;
        Name = name;
        ReadOnlySpan<byte> bytes = utf8.Span;
        for (int i = 0; i < bytes.Length; i++)
        {
            int next = bytes[i..].IndexOf((byte)'\n');
            if (next < 0)
                break;
            i += next;
            _lineStarts.Add(i + 1);
        }
    }

    public ReadOnlyMemory<byte> Utf8 { get; }

    public string Name { get; }

    /// <summary>Line and column of a byte, both from 1, the column in characters.</summary>
    public (int Line, int Column) Locate(int offset)
    {
        offset = Math.Clamp(offset, 0, Utf8.Length);
        int found = _lineStarts.BinarySearch(offset);
        int line = found >= 0 ? found : ~found - 1;
        int start = _lineStarts[line];
        if (line == 0 && Utf8.Span.StartsWith(Encoding.UTF8.Preamble))
            start = Math.Min(3, offset);
        return (line + 1, Encoding.UTF8.GetCharCount(Utf8.Span[start..offset]) + 1);
    }

    /// <summary>The byte offset of a line and a byte in it, both from 0.</summary>
    public int OffsetOf(long line, long byteInLine) =>
        (int)Math.Min(Utf8.Length, _lineStarts[(int)Math.Clamp(line, 0, _lineStarts.Count - 1)] + byteInLine);

    /// <summary>The value as JSON.</summary>
    public JsonElement Element(SourceNode node) => JsonElement.Parse(Utf8.Span[node.Start..node.End]);

    /// <summary>The byte offset of the given character of a string value, taking escapes into account.</summary>
    public int OffsetInString(SourceNode node, int character)
    {
        ReadOnlySpan<byte> bytes = Utf8.Span[..node.End];
        int at = node.Start + 1;
        for (int seen = 0; seen < character && at < bytes.Length - 1;)
        {
            if (bytes[at] == '\\')
            {
                at += bytes[at + 1] == 'u' ? 6 : 2;
                seen++;
                continue;
            }
            Rune.DecodeFromUtf8(bytes[at..], out Rune rune, out int length);
            at += length;
            seen += rune.Utf16SequenceLength;
        }
        return Math.Min(at, node.End);
    }
}
