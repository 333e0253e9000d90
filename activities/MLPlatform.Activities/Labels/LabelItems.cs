using System.Globalization;
using System.Text.Json.Nodes;
using MLPlatform.Activities.Tables;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Labels;
using ParquetSharp;

namespace MLPlatform.Activities.Labels;

/// <summary>Reads the rows of a table as items to label: a bounded number of them, since a person looks at each.</summary>
internal static class LabelItems
{
    /// <summary>Most characters of one item's data, as JSON.</summary>
    public const int MostCharacters = 1 << 20;

    public static async Task<IReadOnlyList<LabelItem>> ReadAsync(IArtifactStore artifacts, LabelByPeople.Inputs inputs, CancellationToken cancel)
    {
        ArtifactManifest manifest = await artifacts.FindAsync(inputs.Table.Hash, cancel).ConfigureAwait(false)
            ?? throw DataErrors.Bad("DATA-022", $"The table ({inputs.Table.Hash}) is not in the artifact store. Run again the activity that made it.");
        List<LabelItem> items = [];
        HashSet<string> keys = new(StringComparer.Ordinal);
        foreach (ArtifactFile file in manifest.Files.Where(f => f.Path.EndsWith(".parquet", StringComparison.Ordinal)))
        {
            using ParquetFileReader reader = new(await artifacts.FetchAsync(file, cancel).ConfigureAwait(false));
            if (items.Count + reader.FileMetaData.NumRows > inputs.MaxItems)
                throw DataErrors.Bad("LABEL-004", $"The table has more than {inputs.MaxItems} rows. Choose fewer with data.sql or label.select, or raise maxItems.");
            List<(string Name, int Index)> columns = Columns(reader, inputs);
            for (int group = 0; group < reader.FileMetaData.NumRowGroups; group++)
            {
                using RowGroupReader rows = reader.RowGroup(group);
                Func<int, JsonNode?>[] values = [.. columns.Select(c => Values(rows, c.Index, c.Name))];
                for (int row = 0; row < rows.MetaData.NumRows; row++)
                    items.Add(Item(items.Count, columns, values, row, inputs, keys));
            }
        }
        return items;
    }

    /// <summary>The item column first, then that with known answers if there is one, then those to show.</summary>
    private static List<(string, int)> Columns(ParquetFileReader reader, LabelByPeople.Inputs inputs)
    {
        SchemaDescriptor schema = reader.FileMetaData.Schema;
        List<string> all = [.. Enumerable.Range(0, schema.NumColumns).Select(i => schema.Column(i).Name)];
        IEnumerable<string> shown = inputs.Show ?? all.Where(c => c != inputs.Gold);
        return [.. new[] { inputs.Item, inputs.Gold }.OfType<string>().Concat(shown).Select(name => all.IndexOf(name) is var at and >= 0 ? (name, at)
            : throw DataErrors.Bad("DATA-031", $"The table has no column '{name}'.{DataErrors.DidYouMean(name, all)} It has {DataErrors.Some(all)}."))];
    }

    private static LabelItem Item(
        int number, List<(string Name, int Index)> columns, Func<int, JsonNode?>[] values, int row, LabelByPeople.Inputs inputs, HashSet<string> keys)
    {
        string key = values[0](row)?.ToString() ?? throw DataErrors.Bad("LABEL-005", $"Row {number + 1} has no value in '{inputs.Item}', so its label could not be told from others.");
        if (!keys.Add(key))
            throw DataErrors.Bad("LABEL-005", $"'{(key.Length > 80 ? key[..80] + "…" : key)}' occurs twice in '{inputs.Item}'. Name a column whose values are unique.");
        var data = new JsonObject();
        int first = inputs.Gold is null ? 1 : 2;
        for (int i = first; i < columns.Count; i++)
            data[columns[i].Name] = values[i](row);
        string json = data.ToJsonString(ActivityJson.Options);
        string? gold = first == 2 && values[1](row)?.ToString() is { Length: > 0 } known ? Gold(inputs, key, known) : null;
        return json.Length <= MostCharacters ? new LabelItem(number, key, json, gold)
            : throw DataErrors.Bad("LABEL-006", $"The row '{key}' has {json.Length} characters; a person is shown {MostCharacters} at most. Show fewer columns, or cut them with data.sql.");
    }

    private static string Gold(LabelByPeople.Inputs inputs, string key, string known)
    {
        LabelQuestion question = new(inputs.Kind, inputs.Labels, null);
        (string? canonical, string? problem) = LabelValue.CheckText(question, known);
        return canonical ?? throw DataErrors.Bad("LABEL-008", $"The known answer of '{key}' does not fit the question: {problem} Correct the column '{inputs.Gold}'.");
    }

    private static Func<int, JsonNode?> Values(RowGroupReader rows, int column, string name)
    {
        int count = (int)rows.MetaData.NumRows;
        using LogicalColumnReader reader = rows.Column(column).LogicalReader();
        switch (reader)
        {
            case LogicalColumnReader<string> r: { string?[] all = r.ReadAll(count); return i => all[i]; }
            case LogicalColumnReader<long> r: { long[] all = r.ReadAll(count); return i => all[i]; }
            case LogicalColumnReader<long?> r: { long?[] all = r.ReadAll(count); return i => all[i]; }
            case LogicalColumnReader<double> r: { double[] all = r.ReadAll(count); return i => Number(all[i]); }
            case LogicalColumnReader<double?> r: { double?[] all = r.ReadAll(count); return i => Number(all[i]); }
            case LogicalColumnReader<bool> r: { bool[] all = r.ReadAll(count); return i => all[i]; }
            case LogicalColumnReader<bool?> r: { bool?[] all = r.ReadAll(count); return i => all[i]; }
            case LogicalColumnReader<DateTime> r: { DateTime[] all = r.ReadAll(count); return i => Instant(all[i]); }
            case LogicalColumnReader<DateTime?> r: { DateTime?[] all = r.ReadAll(count); return i => Instant(all[i]); }
            default: throw DataErrors.Bad("LABEL-007", $"The column '{name}' has a type that cannot be shown. Cast it to text with data.sql.");
        }
    }

    private static JsonNode? Number(double? value) => value is { } number && double.IsFinite(number) ? number : null;

    private static JsonNode? Instant(DateTime? value) => value?.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);
}
