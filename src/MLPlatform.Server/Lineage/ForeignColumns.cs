using System.Text.Json;
using MLPlatform.Core.Lineage;
using MLPlatform.Core.Lineage.OpenLineage;

namespace MLPlatform.Server.Lineage;

/// <summary>Follows columns through what other systems told in their facets <c>columnLineage</c>.</summary>
internal sealed class ForeignColumns(IOpenLineageStore store)
{
    private const int MostColumns = 20_000;

    private readonly record struct Field(NamedDataset Of, string Name)
    {
        public string Id => $"column:external:{Of.Namespace}/{Of.Name}/{Name}";
    }

    /// <param name="column">Null for all that are told of.</param>
    public async Task<LineageGraph> UpAsync(NamedDataset dataset, string? column, CancellationToken cancel)
    {
        Dictionary<NamedDataset, Dictionary<string, List<(Field From, string Use)>>> known = [];
        HashSet<Field> seen = [];
        List<LineageEdge> edges = [];
        Queue<Field> open = new((await ToldAsync(dataset)).Keys.Append(column ?? "").Where(c => column is null ? c.Length > 0 : c == column).Distinct().Select(c => new Field(dataset, c)));
        while (open.TryDequeue(out Field at) && seen.Count < MostColumns)
        {
            if (!seen.Add(at))
                continue;
            foreach ((Field from, string use) in (await ToldAsync(at.Of)).GetValueOrDefault(at.Name) ?? [])
            {
                edges.Add(new LineageEdge(from.Id, at.Id, use));
                open.Enqueue(from);
            }
        }
        return new LineageGraph([.. seen.Select(f => new LineageNode(f.Id, LineageKind.Column, f.Name, $"{f.Of.Namespace} {f.Of.Name}")).OrderBy(n => n.Id, StringComparer.Ordinal)],
            [.. edges.Distinct().OrderBy(e => e.From, StringComparer.Ordinal).ThenBy(e => e.To, StringComparer.Ordinal)], open.Count == 0);

        async Task<Dictionary<string, List<(Field, string)>>> ToldAsync(NamedDataset of) => known.TryGetValue(of, out var told) ? told
            : known[of] = Read((await store.FacetsAsync("dataset", of, cancel)).GetValueOrDefault("columnLineage"));
    }

    // Others write it: what is not as it should be is passed over.
    private static Dictionary<string, List<(Field, string)>> Read(string? facet)
    {
        Dictionary<string, List<(Field, string)>> told = new(StringComparer.Ordinal);
        if (facet is null)
            return told;
        foreach (JsonProperty field in JsonElement.Parse(facet).GetProperty("fields").EnumerateObject())
        {
            List<(Field, string)> from = told[field.Name] = [];
            if (field.Value.ValueKind != JsonValueKind.Object || !field.Value.TryGetProperty("inputFields", out JsonElement inputs) || inputs.ValueKind != JsonValueKind.Array)
                continue;
            foreach (JsonElement input in inputs.EnumerateArray())
            {
                if (Text(input, "namespace") is { } ns && Text(input, "name") is { } name && Text(input, "field") is { } column)
                    from.Add((new Field(new NamedDataset(ns, name), column), UseOf(input)));
            }
        }
        return told;
    }

    private static string UseOf(JsonElement input) =>
        input.TryGetProperty("transformations", out JsonElement all) && all.ValueKind == JsonValueKind.Array && all.GetArrayLength() > 0 && (Text(all[0], "subtype") ?? Text(all[0], "type")) is { } use
            ? use.ToLowerInvariant() : ColumnWalk.Untold;

    private static string? Text(JsonElement of, string name) =>
        of.ValueKind == JsonValueKind.Object && of.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
