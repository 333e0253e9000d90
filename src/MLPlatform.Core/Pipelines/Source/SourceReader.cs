using System.Buffers;
using System.Text;
using System.Text.Json;

namespace MLPlatform.Core.Pipelines.Source;

/// <summary>Reads JSON into <see cref="SourceNode"/>s. Comments, trailing commas and repeated names are reported and read past.</summary>
internal static class SourceReader
{
    private const int MaxDepth = 64;

    /// <summary>The root value, or null where the file cannot be read as JSON; the reason is then among the diagnostics.</summary>
    public static SourceNode? Read(SourceFile file, DiagnosticList problems)
    {
        ReadOnlySpan<byte> bytes = file.Utf8.Span;
        int skip = bytes.StartsWith(Encoding.UTF8.Preamble) ? 3 : 0;
        if (InvalidUtf8(bytes[skip..]) is int bad and >= 0)
            return Fail(problems, bad + skip, "the file is not UTF-8 text", "Save it as UTF-8.");
        Utf8JsonReader reader = new(bytes[skip..], new JsonReaderOptions
        {
            CommentHandling = JsonCommentHandling.Allow,
            AllowTrailingCommas = true,
            MaxDepth = MaxDepth,
        });
        Walk walk = new(file, problems, skip);
        try
        {
            while (reader.Read())
                walk.Take(ref reader);
        }
        catch (JsonException e)
        {
            int offset = skip + file.OffsetOf(e.LineNumber ?? 0, e.BytePositionInLine ?? 0) - (e.LineNumber > 0 ? skip : 0);
            return Fail(problems, offset, Reason(e, bytes[skip..]), IsYaml(file.Name) ? "A pipeline file is JSON, not YAML." : null);
        }
        return walk.Root ?? Fail(problems, 0, "the file holds no JSON value", null);
    }

    private static bool IsYaml(string name) =>
        name.EndsWith(".yaml", StringComparison.OrdinalIgnoreCase) || name.EndsWith(".yml", StringComparison.OrdinalIgnoreCase);

    private static SourceNode? Fail(DiagnosticList problems, int offset, string message, string? hint)
    {
        problems.Add("PIPE-001", DiagnosticSeverity.Error, offset, "$", message, hint);
        return null;
    }

    // The exception's own text ends with where it was, which the diagnostic says already.
    private static string Reason(JsonException e, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Trim(" \t\r\n"u8).IsEmpty)
            return "the file is empty";
        int cut = e.Message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return "not valid JSON: " + (cut < 0 ? e.Message : e.Message[..cut]).TrimEnd('.');
    }

    private static int InvalidUtf8(ReadOnlySpan<byte> bytes)
    {
        if (System.Text.Unicode.Utf8.IsValid(bytes))
            return -1;
        int at = 0;
        while (Rune.DecodeFromUtf8(bytes[at..], out _, out int length) == OperationStatus.Done)
            at += length;
        return at;
    }

    private sealed class Walk(SourceFile file, DiagnosticList problems, int skip)
    {
        private readonly Stack<SourceNode> _open = new();
        private string? _name;
        private int _nameStart = -1;

        public SourceNode? Root { get; private set; }

        public void Take(ref Utf8JsonReader reader)
        {
            int start = skip + (int)reader.TokenStartIndex;
            int end = skip + (int)reader.BytesConsumed;
            switch (reader.TokenType)
            {
                case JsonTokenType.Comment:
                    problems.Add("PIPE-002", DiagnosticSeverity.Error, start, _open.TryPeek(out var at) ? at.Path() : "$",
                        "comments are not allowed in JSON", "Put the remark into a \"description\".");
                    break;
                case JsonTokenType.PropertyName:
                    _name = TextOf(ref reader, start);
                    _nameStart = start;
                    break;
                case JsonTokenType.StartObject:
                    _open.Push(Add(JsonValueKind.Object, start, end, null));
                    break;
                case JsonTokenType.StartArray:
                    _open.Push(Add(JsonValueKind.Array, start, end, null));
                    break;
                case JsonTokenType.EndObject or JsonTokenType.EndArray:
                    Close(start, end);
                    break;
                case JsonTokenType.String:
                    Add(JsonValueKind.String, start, end, TextOf(ref reader, start));
                    break;
                default:
                    Add(KindOf(reader.TokenType), start, end, null);
                    break;
            }
        }

        private static JsonValueKind KindOf(JsonTokenType token) => token switch
        {
            JsonTokenType.Number => JsonValueKind.Number,
            JsonTokenType.True => JsonValueKind.True,
            JsonTokenType.False => JsonValueKind.False,
            _ => JsonValueKind.Null,
        };

        private string TextOf(ref Utf8JsonReader reader, int start)
        {
            try
            {
                return reader.GetString()!;
            }
            catch (InvalidOperationException)
            {
                problems.Add("PIPE-001", DiagnosticSeverity.Error, start, _open.TryPeek(out var at) ? at.Path() : "$",
                    "a \\u escape in this string is half of a surrogate pair", "Write both halves, or the character itself.");
                return "";
            }
        }

        private SourceNode Add(JsonValueKind kind, int start, int end, string? text)
        {
            _open.TryPeek(out SourceNode? parent);
            SourceNode node = new()
            {
                Kind = kind,
                Start = start,
                End = end,
                Text = text,
                Parent = parent,
                Name = _name,
                NameStart = _nameStart,
                Index = _name is null ? parent?.Children.Count ?? 0 : 0,
            };
            if (parent?.TryAdd(node) == false)
                problems.NameError("PIPE-003", node, $"the name \"{_name}\" stands here a second time", "Remove or rename one of the two.");
            Root ??= node;
            _name = null;
            _nameStart = -1;
            return node;
        }

        private void Close(int start, int end)
        {
            SourceNode node = _open.Pop();
            node.End = end;
            int before = file.Utf8.Span[..start].LastIndexOfAnyExcept(" \t\r\n"u8);
            if (before > node.Start && file.Utf8.Span[before] == ',')
                problems.Add("PIPE-002", DiagnosticSeverity.Error, before, node.Path(), "a comma before the end is not allowed in JSON", "Remove the comma.");
        }
    }
}
