using System.Text.Json.Nodes;

namespace MLPlatform.Core.Lineage.OpenLineage;

/// <summary>What the columns of an output were made of, as the facet <c>columnLineage</c> says it.</summary>
internal sealed class ColumnFacet(string ns, IReadOnlyList<DataFacts> inputs)
{
    public JsonObject Of(ColumnLineage columns)
    {
        JsonObject fields = [];
        foreach (MadeColumn column in columns.Columns)
            fields[column.Name] = new JsonObject { ["inputFields"] = Fields(column.From) };
        JsonObject facet = new() { ["fields"] = fields };
        if (columns.Rows.Count > 0)
            facet["dataset"] = Fields(columns.Rows);
        return facet;
    }

    private JsonArray Fields(IReadOnlyList<ColumnSource> sources) =>
        [.. sources.SelectMany(s => Inputs(s).Select(i => (Input: i, Source: s))).GroupBy(f => (Namespace: f.Input.Namespace ?? ns, f.Input.Name, f.Source.Column)).Select(field => new JsonObject
        {
            ["namespace"] = field.Key.Namespace,
            ["name"] = field.Key.Name,
            ["field"] = field.Key.Column,
            ["transformations"] = new JsonArray([.. field.Select(f => f.Source).DistinctBy(s => s.Use).Select(s => new JsonObject
            {
                ["type"] = s.IsDirect ? "DIRECT" : "INDIRECT",
                ["subtype"] = Subtype(s.Use),
            })]),
        })];

    private IEnumerable<DataFacts> Inputs(ColumnSource source) => inputs.Where(i => source.Input is null ? i.Namespace is not null && i.Input is null : i.Input == source.Input);

    private static string Subtype(ColumnUse use) => use == ColumnUse.GroupBy ? "GROUP_BY" : use.ToString().ToUpperInvariant();
}
