using System.Text.Json.Nodes;
using MLPlatform.Core.Elsa;

namespace MLPlatform.Server.Elsa.Catalogue;

/// <summary>When, how often and with what an activity runs, as inputs of every activity.</summary>
internal static class ElsaFlowInputs
{
    private static readonly (string Part, string Title, string Description, string Type, string Hint, string Syntax)[] Fields =
    [
        ("when", "When", "Runs only where this is true: one expression. Default: always.", "Object", "singleline", ElsaWords.Expression),
        ("forEach", "For each", "Runs once for each item of this list, which inputs read as item and index.", "Object", "json-editor", "Object"),
        ("maxParallel", "Max parallel", "How many items at once. Default: all.", "Int64", "singleline", "Literal"),
        ("join", "Join", "What of that before it must have succeeded: all, any, or allDone for ended in any way. Default: all.", "String", "dropdown", "Literal"),
        ("resources", "Resources", "What it asks for, as in a pipeline file: {\"cpu\": 2, \"memory\": \"4Gi\"}.", "Object", "json-editor", "Object"),
    ];

    /// <summary>The descriptors, which stand after the activity's own inputs.</summary>
    public static IEnumerable<JsonObject> All() => Fields.Select((f, i) => new JsonObject
    {
        ["name"] = ElsaFields.MemberOf(f.Part),
        ["typeName"] = f.Type,
        ["displayName"] = f.Title,
        ["description"] = f.Description,
        ["order"] = 1000 + i,
        ["isBrowsable"] = true,
        ["isWrapped"] = true,
        ["uiHint"] = f.Hint,
        ["category"] = "Flow",
        ["defaultValue"] = f.Part == "join" ? "all" : null,
        ["defaultSyntax"] = f.Syntax,
        ["isReadOnly"] = false,
        ["isSensitive"] = false,
        ["isSynthetic"] = false,
        ["storageDriverType"] = null,
        ["uiSpecifications"] = f.Part == "join" ? ElsaInputs.Dropdown(["all", "any", "allDone"]) : null,
    });
}
