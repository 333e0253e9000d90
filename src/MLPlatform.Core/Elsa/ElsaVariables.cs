using System.Text.Json.Nodes;

namespace MLPlatform.Core.Elsa;

/// <summary>An output of an activity.</summary>
internal readonly record struct OutputReference(string Activity, string Output)
{
    /// <summary>The variable that carries it; names hold no colon, so no two share one.</summary>
    public string Variable => $"{Activity}:{Output}";
}

/// <summary>The variables by which Elsa hands outputs on.</summary>
internal static class ElsaVariables
{
    public static JsonObject Declaration(OutputReference output) => new()
    {
        ["id"] = output.Variable,
        ["name"] = $"{output.Activity}.{output.Output}",
        ["typeName"] = "Object",
        ["isArray"] = false,
        ["storageDriverTypeName"] = null,
    };

    public static JsonObject Value(OutputReference output) => new()
    {
        ["id"] = output.Variable,
        ["name"] = $"{output.Activity}.{output.Output}",
        ["typeName"] = "Object",
    };

    /// <summary>An activity's output as it is bound to its variable.</summary>
    public static JsonObject Binding(OutputReference output) => new()
    {
        ["typeName"] = "Object",
        ["memoryReference"] = new JsonObject { ["id"] = output.Variable },
    };
}
