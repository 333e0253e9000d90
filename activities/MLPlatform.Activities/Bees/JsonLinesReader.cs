using System.Text;
using System.Text.Json;

namespace MLPlatform.Activities.Bees;

/// <summary>Reads files with one JSON object a line. Nested objects and lists are kept as their JSON text.</summary>
internal sealed class JsonLinesReader : RecordReader
{
    private readonly List<string> _names = [];
    private readonly Dictionary<string, int> _byName = new(StringComparer.Ordinal);
    private readonly List<byte[]> _utf8Names = [];
    private readonly bool _learn;
    private readonly bool _ignoreUnknown;
    private (int Start, int Length, FieldKind Kind, bool Unescaped)[] _fields = [];
    private byte[] _scratch = new byte[256];
    private int _scratchUsed;
    private int _stamp;
    private int[] _seen = [];

    /// <param name="names">The fields that are columns.</param>
    /// <param name="learn">Whether fields not named so far are added to the names.</param>
    /// <param name="ignoreUnknown">Whether other fields are passed over; else they make the record bad.</param>
    public JsonLinesReader(LineBuffer lines, IEnumerable<string> names, bool learn, bool ignoreUnknown)
        : base(lines)
    {
        (_learn, _ignoreUnknown) = (learn, ignoreUnknown);
        foreach (string name in names)
            Learn(name);
        lines.Open();
    }

    public override IReadOnlyList<string> Names => _names;

    public override ReadOnlySpan<byte> Field(int index, out FieldKind kind)
    {
        if (_seen[index] != _stamp)
        {
            kind = FieldKind.Missing;
            return default;
        }
        (int start, int length, kind, bool unescaped) = _fields[index];
        return (unescaped ? _scratch : Lines.Window).Slice(start, length);
    }

    protected override bool Next()
    {
        if (!NextLine())
            return false;
        if (Problem is not null)
            return true;
        try
        {
            Problem = Parse();
        }
        catch (JsonException problem)
        {
            string why = problem.Message.Split(" LineNumber:")[0].Split(" Path:")[0];
            Problem = BadRecord.Json($"the line is not JSON (byte {problem.BytePositionInLine ?? 0}): {why}");
        }
        catch (InvalidOperationException)
        {
            // The reader says so of text whose bytes or escapes are not Unicode.
            Problem = BadRecord.Encoding;
        }
        return true;
    }

    private BadRecord? Parse()
    {
        _stamp++;
        _scratchUsed = 0;
        Utf8JsonReader json = new(Raw, new JsonReaderOptions { MaxDepth = 64 });
        if (!json.Read() || json.TokenType != JsonTokenType.StartObject)
            return BadRecord.Json("the line is not a JSON object");
        int guess = 0;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            int column = Column(ref json, guess, out string? unknown);
            if (unknown is not null && !_ignoreUnknown)
                return BadRecord.UnknownField(unknown);
            json.Read();
            if (column < 0)
            {
                json.Skip();
                continue;
            }
            guess = column + 1;
            if (_seen[column] == _stamp)
                return BadRecord.Json($"the field '{_names[column]}' occurs twice");
            _seen[column] = _stamp;
            _fields[column] = Value(ref json);
        }
        // Reading on finds text behind the object.
        return json.Read() ? BadRecord.Json("text follows the JSON object") : null;
    }

    private int Column(ref Utf8JsonReader json, int guess, out string? unknown)
    {
        unknown = null;
        // Most writers keep the order of the fields, so the next column is tried first.
        if (guess < _utf8Names.Count && json.ValueTextEquals(_utf8Names[guess]))
            return guess;
        string name = json.GetString()!;
        if (_byName.TryGetValue(name, out int column))
            return column;
        if (_learn)
            return Learn(name);
        unknown = name;
        return -1;
    }

    private (int, int, FieldKind, bool) Value(ref Utf8JsonReader json)
    {
        int start = (int)json.TokenStartIndex;
        switch (json.TokenType)
        {
            case JsonTokenType.Null:
                return (0, 0, FieldKind.Missing, false);
            case JsonTokenType.String when json.ValueIsEscaped:
                if (_scratch.Length < _scratchUsed + json.ValueSpan.Length)
                    Array.Resize(ref _scratch, Math.Max(_scratch.Length * 2, _scratchUsed + json.ValueSpan.Length));
                int first = _scratchUsed;
                _scratchUsed += json.CopyString(_scratch.AsSpan(first));
                return (first, _scratchUsed - first, FieldKind.Quoted, true);
            case JsonTokenType.String:
                return (start + 1, json.ValueSpan.Length, FieldKind.Quoted, false);
            default:
                json.Skip();
                return (start, (int)json.BytesConsumed - start, FieldKind.Json, false);
        }
    }

    private int Learn(string name)
    {
        int index = _names.Count;
        _names.Add(name);
        _byName.Add(name, index);
        _utf8Names.Add(Encoding.UTF8.GetBytes(name));
        Array.Resize(ref _fields, _names.Count);
        Array.Resize(ref _seen, _names.Count);
        return index;
    }
}
