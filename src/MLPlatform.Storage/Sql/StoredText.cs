using System.Buffers;
using System.Text;
using MLPlatform.Core.Runs;

namespace MLPlatform.Storage.Sql;

/// <summary>Values that both databases must hold alike.</summary>
internal static class StoredText
{
    // PostgreSQL refuses NUL in text and SQLite's shell ends at it; half a surrogate pair is no UTF-8 in either.
    private static readonly SearchValues<char> Suspects =
        SearchValues.Create([.. Enumerable.Range(0xD800, 0x800).Select(c => (char)c), '\0']);

    /// <summary>The text with NUL as the symbol U+2400 and broken surrogates as U+FFFD; nearly always the text itself.</summary>
    public static string Clean(string text) => text.AsSpan().IndexOfAny(Suspects) < 0 ? text : Rewrite(text);

    public static string? CleanOrNull(string? text) => text is null ? null : Clean(text);

    public static string Of(RunStatus status) => Names<RunStatus>.ToText[(int)status];

    public static string Of(ActivityStatus status) => Names<ActivityStatus>.ToText[(int)status];

    public static string Of(AttemptStatus status) => Names<AttemptStatus>.ToText[(int)status];

    /// <summary>The value whose camelCase name was stored.</summary>
    public static T Parse<T>(string stored) where T : struct, Enum => Names<T>.ToValue[stored];

    public static string CamelCase<T>(T value) where T : struct, Enum
    {
        string name = value.ToString();
        return char.ToLowerInvariant(name[0]) + name[1..];
    }

    private static string Rewrite(string text)
    {
        var result = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes()) // Broken surrogates come out of it as U+FFFD.
            result.Append(rune.Value == 0 ? "\u2400" : rune.ToString());
        return result.ToString();
    }

    private static class Names<T> where T : struct, Enum
    {
        public static readonly string[] ToText = [.. Enum.GetValues<T>().Select(CamelCase)];
        public static readonly Dictionary<string, T> ToValue = Enum.GetValues<T>().ToDictionary(CamelCase, StringComparer.Ordinal);
    }
}
