using System.Globalization;
using System.Text;
using System.Text.Json;
using MLPlatform.Server.Describe;

namespace MLPlatform.Cli;

/// <summary>How commands print: JSON for programs, aligned columns for people.</summary>
internal static class Print
{
    private static readonly JsonSerializerOptions Indented = new(JsonSetup.ClientOptions) { WriteIndented = true };

    public static void Json<T>(T value) => Console.WriteLine(JsonSerializer.Serialize(value, Indented));

    /// <summary>Columns under their titles; nothing is cut, the last column runs on.</summary>
    public static void Table(IReadOnlyList<string> titles, IEnumerable<IReadOnlyList<string>> rows)
    {
        List<IReadOnlyList<string>> all = [titles, .. rows];
        int[] widths = [.. Enumerable.Range(0, titles.Count).Select(column => all.Max(row => row[column].Length))];
        StringBuilder text = new();
        foreach (IReadOnlyList<string> row in all)
            text.AppendLine(string.Concat(row.Select((cell, column) => Harmless(cell).PadRight(widths[column] + 2))).TrimEnd());
        Console.Write(all.Count > 1 ? text : text.AppendLine("(none)"));
    }

    /// <summary>A length of time for people: <c>0.3 s</c>, <c>2 min 05 s</c>, <c>3 h 10 min</c>.</summary>
    public static string Seconds(double? seconds) => seconds switch
    {
        null => "",
        < 60 => string.Create(CultureInfo.InvariantCulture, $"{seconds:0.0} s"),
        < 3600 => string.Create(CultureInfo.InvariantCulture, $"{(int)(seconds / 60)} min {(int)seconds % 60:00} s"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{(int)(seconds / 3600)} h {(int)seconds / 60 % 60:00} min"),
    };

    /// <summary>An amount of memory: <c>12 MiB</c>, <c>1.5 GiB</c>.</summary>
    public static string Bytes(long bytes) => bytes < 1L << 30
        ? string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1 << 20):0.##} MiB")
        : string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1 << 30):0.##} GiB");

    public static string Time(DateTimeOffset? at) => at?.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture) ?? "";

    /// <summary>A value on one line: numbers to four places, text bare, artifacts by their short hash.</summary>
    public static string Value(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.Number when value.TryGetInt64(out long whole) => whole.ToString(CultureInfo.InvariantCulture),
        JsonValueKind.Number => value.GetDouble().ToString("0.####", CultureInfo.InvariantCulture),
        JsonValueKind.Object when value.TryGetProperty("$artifact", out JsonElement hash) =>
            $"{(value.TryGetProperty("kind", out JsonElement kind) ? kind.GetString() : "artifact")} {hash.GetString()}",
        _ => value.GetRawText(),
    };

    /// <summary>A path as somebody in the current folder would write it.</summary>
    public static string Path(string path)
    {
        string relative = System.IO.Path.GetRelativePath(Environment.CurrentDirectory, path);
        return relative.StartsWith("..", StringComparison.Ordinal) ? path : relative;
    }

    /// <summary>Keeps what came from elsewhere from steering the terminal.</summary>
    public static string Harmless(string text) =>
        text.AsSpan().IndexOfAnyInRange('\0', '\u001f') < 0 && !text.Contains('\u007f', StringComparison.Ordinal)
            ? text
            : string.Concat(text.Select(c => c is < ' ' or '\u007f' ? '\u00b7' : c));
}
