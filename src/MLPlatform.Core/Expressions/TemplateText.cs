namespace MLPlatform.Core.Expressions;

/// <summary>One piece of a string: literal text, or the code between <c>${{</c> and <c>}}</c>.</summary>
/// <param name="Start">The character of the whole string where the text or code begins.</param>
public readonly record struct TemplatePart(bool IsCode, string Text, int Start);

/// <summary>Splits strings at <c>${{ … }}</c>.</summary>
public static class TemplateText
{
    public const string Opening = "${{";
    public const string Closing = "}}";
    private const int LongestCode = 10_000;

    public static bool HasExpression(string text) => text.Contains(Opening, StringComparison.Ordinal);

    /// <summary>The pieces in order; empty pieces are left out.</summary>
    public static IReadOnlyList<TemplatePart> Split(string text, out ExpressionError? error)
    {
        error = null;
        List<TemplatePart> parts = [];
        for (int at = 0; at < text.Length;)
        {
            int open = text.IndexOf(Opening, at, StringComparison.Ordinal);
            if (open < 0)
            {
                parts.Add(new TemplatePart(false, text[at..], at));
                break;
            }
            if (open > at)
                parts.Add(new TemplatePart(false, text[at..open], at));
            int start = open + Opening.Length;
            int close = FindClose(text, start);
            if (close < 0 || close - start > LongestCode)
            {
                error = close < 0
                    ? new ExpressionError("EXPR-001", "\"${{\" is never closed", open, "End the expression with \"}}\".")
                    : new ExpressionError("EXPR-001", $"an expression may have {LongestCode} characters at most", open);
                return parts;
            }
            parts.Add(new TemplatePart(true, text[start..close], start));
            at = close + Closing.Length;
        }
        return parts;
    }

    // The first }} outside strings and outside the expression's own braces.
    private static int FindClose(string text, int start)
    {
        int depth = 0;
        for (int i = start; i < text.Length; i++)
        {
            switch (text[i])
            {
                case '\'' or '"' or '`':
                    i = SkipString(text, i);
                    break;
                case '{':
                    depth++;
                    break;
                case '}' when depth == 0:
                    if (i + 1 < text.Length && text[i + 1] == '}')
                        return i;
                    return -1;
                case '}':
                    depth--;
                    break;
            }
        }
        return -1;
    }

    private static int SkipString(string text, int quote)
    {
        int i = quote + 1;
        while (i < text.Length && text[i] != text[quote])
            i += text[i] == '\\' ? 2 : 1;
        return i;
    }
}
