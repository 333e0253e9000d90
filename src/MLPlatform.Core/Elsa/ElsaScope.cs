using System.Text.Json.Nodes;

namespace MLPlatform.Core.Elsa;

/// <summary>What variables and inputs of a definition are called in a pipeline's expressions.</summary>
internal sealed class ElsaScope
{
    private readonly Dictionary<string, OutputReference> _bound = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _variableByName = new(StringComparer.Ordinal);
    private readonly HashSet<string> _inputs;

    public ElsaScope(JsonObject definition, IReadOnlyList<NamedNode> nodes)
    {
        foreach (JsonObject variable in definition.Objects("variables").Concat(definition.Object("root")!.Objects("variables")))
        {
            if (variable["name"].Text() is { } name && variable["id"].Text() is { } id)
                _variableByName.TryAdd(name, id);
        }
        foreach (NamedNode node in nodes)
        {
            foreach ((string member, JsonNode? value) in node.Node)
            {
                if (ElsaValues.IsOutput(value) && value!["memoryReference"]!["id"].Text() is { } id && OutputOf(member) is { } output)
                    _bound.TryAdd(id, new OutputReference(node.Name, output));
            }
        }
        _inputs = [.. definition.Objects("inputs").Select(i => i["name"].Text()).OfType<string>()];
    }

    /// <summary>Whether an activity's output sets the variable.</summary>
    public bool IsBound(string variable) => _bound.ContainsKey(variable);

    /// <summary>The expression for a variable: the output that sets it; null where none does.</summary>
    public string? Variable(JsonNode? value)
    {
        string? id = value is JsonObject variable
            ? variable["id"].Text() ?? (variable["name"].Text() is { } name ? _variableByName.GetValueOrDefault(name) : null)
            : value.Text() is { } text ? _variableByName.GetValueOrDefault(text, text) : null;
        if (id is null)
            return null;
        if (_bound.TryGetValue(id, out OutputReference output))
            return ElsaReferences.Write(output);
        // Ours say themselves what they carry; the output's own member may be taken by an input.
        int colon = id.IndexOf(':', StringComparison.Ordinal);
        return colon > 0 && colon < id.Length - 1 ? ElsaReferences.Write(new OutputReference(id[..colon], id[(colon + 1)..])) : null;
    }

    public string? Parameter(JsonNode? value) =>
        (value.Text() ?? (value as JsonObject)?["name"].Text()) is { } name && _inputs.Contains(name) ? ElsaReferences.WriteParameter(name) : null;

    private static string? OutputOf(string member) => member switch
    {
        "output" => "",
        _ when member.StartsWith("output", StringComparison.Ordinal) => char.ToLowerInvariant(member[6]) + member[7..],
        _ => member,
    };
}
