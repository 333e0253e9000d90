using System.Text.Json;
using System.Text.RegularExpressions;
using MLPlatform.Core.Lineage;

namespace MLPlatform.Activities.Lineage;

/// <summary>The columns that one item of SELECT gives: one, or with * and COLUMNS many.</summary>
internal sealed class SqlItems(SqlUses uses)
{
    public IEnumerable<TracedColumn> Of(JsonElement item, SqlScope scope, SqlNames names) =>
        item.Text("class") == "STAR" ? Star(item, scope, names) : [new TracedColumn(NameOf(item), uses.Of([item], scope, names))];

    // What an item without a name is called matters only to who refers to it; then it is not found, and so not known.
    private static string NameOf(JsonElement item) =>
        item.Text("alias") ?? (item.Text("class") == "COLUMN_REF" ? item.Texts("column_names")[^1] : "");

    private IEnumerable<TracedColumn> Star(JsonElement star, SqlScope scope, SqlNames names)
    {
        HashSet<string> left = new(star.Items("exclude_list").Concat(star.Items("qualified_exclude_list")).Select(Column), StringComparer.OrdinalIgnoreCase);
        Dictionary<string, JsonElement> replaced = star.Items("replace_list").ToDictionary(r => Column(r.GetProperty("key")), r => r.GetProperty("value"), StringComparer.OrdinalIgnoreCase);
        Dictionary<string, string> renamed = star.Items("rename_list").ToDictionary(r => Column(r.GetProperty("key")), r => r.Text("value") ?? "", StringComparer.OrdinalIgnoreCase);
        Func<string, bool> chosen = Chosen(star);
        string? alias = star.Text("alias");
        if (alias?.Replace("\\0", "", StringComparison.Ordinal).Contains('\\', StringComparison.Ordinal) == true)
            throw new NotTraceableException("columns are renamed by a pattern");
        foreach (TracedColumn column in scope.Star(star.Text("relation_name")).Where(c => !left.Contains(c.Name) && chosen(c.Name)))
        {
            HashSet<ColumnSource> from = replaced.TryGetValue(column.Name, out JsonElement value) ? uses.Of([value], scope, names) : column.From;
            string name = renamed.GetValueOrDefault(column.Name, column.Name);
            yield return new TracedColumn(alias?.Replace("\\0", name, StringComparison.Ordinal) ?? name, from);
        }
    }

    private static Func<string, bool> Chosen(JsonElement star)
    {
        if (!star.TryGetProperty("expr", out JsonElement pattern))
            return _ => true;
        if (pattern.Text("class") != "CONSTANT" || pattern.GetProperty("value").Text("value") is not { } text)
            throw new NotTraceableException("columns are chosen by more than a pattern");
        Regex regex = new(text, RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));
        return regex.IsMatch;
    }

    private static string Column(JsonElement entry) => entry.ValueKind == JsonValueKind.String ? entry.GetString()! : entry.Text("column") ?? throw new NotTraceableException("* leaves out more than columns");
}
