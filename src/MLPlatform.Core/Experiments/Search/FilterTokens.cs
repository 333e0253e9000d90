namespace MLPlatform.Core.Experiments.Search;

/// <summary>The words and symbols of a filter, from left to right.</summary>
internal sealed class FilterTokens(string text)
{
    private int _at;

    public bool AtEnd
    {
        get
        {
            while (_at < text.Length && char.IsWhiteSpace(text[_at]))
                _at++;
            return _at >= text.Length;
        }
    }

    public bool TrySymbol(string symbol)
    {
        if (AtEnd || string.CompareOrdinal(text, _at, symbol, 0, symbol.Length) != 0)
            return false;
        _at += symbol.Length;
        return true;
    }

    public bool TryWord(string word)
    {
        if (AtEnd || string.Compare(text, _at, word, 0, word.Length, StringComparison.OrdinalIgnoreCase) != 0
            || (_at + word.Length < text.Length && IsOfName(text[_at + word.Length])))
            return false;
        _at += word.Length;
        return true;
    }

    /// <summary>A part of a field's name: bare, or in double quotes or backticks.</summary>
    public string Name(out bool quoted)
    {
        quoted = !AtEnd && text[_at] is '"' or '`';
        if (quoted)
            return Quoted();
        int from = _at;
        while (_at < text.Length && IsOfName(text[_at]))
            _at++;
        return _at > from ? text[from.._at] : throw Wrong("the name of a field");
    }

    /// <summary>A value: in quotes, or bare up to the next white space.</summary>
    public string Value(out bool quoted)
    {
        quoted = !AtEnd && text[_at] is '"' or '\'';
        if (quoted)
            return Quoted();
        int from = _at;
        while (_at < text.Length && !char.IsWhiteSpace(text[_at]) && text[_at] is not (',' or ')' or '(' or '\'' or '"' or '`'))
            _at++;
        return _at > from ? text[from.._at] : throw Wrong("a value");
    }

    /// <summary><c>('a', 'b')</c></summary>
    public IReadOnlyList<string> List()
    {
        List<string> values = [];
        if (!TrySymbol("("))
            throw Wrong("a list in parentheses");
        do
            values.Add(Value(out _));
        while (TrySymbol(","));
        return TrySymbol(")") ? values : throw Wrong("a closing parenthesis");
    }

    public TrackingException Wrong(string expected) => new(TrackingRefusal.Invalid, "TRACK-005",
        $"The filter or order cannot be read: {expected} is expected at {(AtEnd ? "the end" : $"'{text[_at..Math.Min(text.Length, _at + 40)]}'")} of '{(text.Length <= 300 ? text : text[..300] + "…")}'.");

    private string Quoted()
    {
        char quote = text[_at];
        int end = text.IndexOf(quote, _at + 1);
        if (end < 0)
            throw Wrong($"a closing {quote}");
        string inside = text[(_at + 1)..end];
        _at = end + 1;
        return inside;
    }

    private static bool IsOfName(char c) => char.IsLetterOrDigit(c) || c is '_' or '-' or '/' or '@' or ':';
}
