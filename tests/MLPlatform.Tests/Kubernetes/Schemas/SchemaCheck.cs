using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace MLPlatform.Tests.Kubernetes.Schemas;

/// <summary>
/// JSON Schema as far as the schemas of Kubernetes and its extensions use it. A keyword that is not known stops the test rather
/// than passing for met; a test holds its answers against python3-jsonschema's.
/// </summary>
internal sealed class SchemaCheck
{
    // Regular expressions are few and the same in thousands of fields.
    private static readonly ConcurrentDictionary<string, Regex> Patterns = new(StringComparer.Ordinal);

    private readonly JsonElement _root;
    private readonly List<string> _errors = [];

    private SchemaCheck(JsonElement root) => _root = root;

    public static IReadOnlyList<string> Errors(JsonNode? value, JsonElement schema) => Errors(value, schema, schema);

    /// <param name="root">What <c>$ref</c> is looked up in.</param>
    public static IReadOnlyList<string> Errors(JsonNode? value, JsonElement schema, JsonElement root)
    {
        SchemaCheck check = new(root);
        check.Check(value, schema, "$");
        return check._errors;
    }

    private void Check(JsonNode? value, JsonElement schema, string path)
    {
        foreach (JsonProperty keyword in schema.EnumerateObject())
        {
            switch (keyword.Name)
            {
                case "$ref":
                    Check(value, _root.GetProperty("$defs").GetProperty(keyword.Value.GetString()!["#/$defs/".Length..]), path);
                    break;
                case "type":
                    CheckType(value, keyword.Value, path);
                    break;
                case "oneOf":
                    int met = keyword.Value.EnumerateArray().Count(s => Errors(value, s, _root).Count == 0);
                    Require(met == 1, path, $"meets {met} of the alternatives, not one");
                    break;
                case "enum":
                    Require(keyword.Value.EnumerateArray().Any(e => JsonNode.DeepEquals(JsonNode.Parse(e.GetRawText()), value)), path,
                        $"{value?.ToJsonString() ?? "null"} is none of {keyword.Value.GetRawText()}");
                    break;
                case "properties" or "additionalProperties" or "required" or "minProperties" or "maxProperties":
                    if (value is JsonObject o)
                        CheckObject(o, keyword, schema, path);
                    break;
                case "items" or "minItems" or "maxItems":
                    if (value is JsonArray a)
                        CheckArray(a, keyword, path);
                    break;
                case "pattern" or "minLength" or "maxLength":
                    if (value?.GetValueKind() == JsonValueKind.String)
                        CheckText(value.GetValue<string>(), keyword, path);
                    break;
                case "minimum" or "maximum":
                    if (value?.GetValueKind() == JsonValueKind.Number)
                        CheckNumber(Number(value), keyword, path);
                    break;
                case "default" or "format" or "$schema" or "$defs":
                    break;
                default:
                    if (!keyword.Name.StartsWith("x-kubernetes-", StringComparison.Ordinal))
                        throw new NotSupportedException($"the keyword '{keyword.Name}' at {path} is not checked");
                    break;
            }
        }
    }

    private void CheckType(JsonNode? value, JsonElement type, string path)
    {
        bool met = type.ValueKind == JsonValueKind.Array ? type.EnumerateArray().Any(t => Is(value, t.GetString()!)) : Is(value, type.GetString()!);
        Require(met, path, $"{value?.ToJsonString() ?? "null"} is not of type {type.GetRawText()}");
    }

    private static bool Is(JsonNode? value, string type) => (type, value?.GetValueKind() ?? JsonValueKind.Null) switch
    {
        ("null", JsonValueKind.Null) or ("object", JsonValueKind.Object) or ("array", JsonValueKind.Array) or ("string", JsonValueKind.String) => true,
        ("boolean", JsonValueKind.True or JsonValueKind.False) or ("number", JsonValueKind.Number) => true,
        ("integer", JsonValueKind.Number) => decimal.IsInteger(Number(value!)),
        _ => false,
    };

    private static decimal Number(JsonNode value) => decimal.Parse(value.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture);

    private void CheckObject(JsonObject value, JsonProperty keyword, JsonElement schema, string path)
    {
        JsonElement limit = keyword.Value;
        switch (keyword.Name)
        {
            case "properties":
                foreach ((string name, JsonNode? inner) in value)
                {
                    if (limit.TryGetProperty(name, out JsonElement known))
                        Check(inner, known, $"{path}.{name}");
                }
                break;
            case "additionalProperties":
                foreach ((string name, JsonNode? inner) in value)
                {
                    if (schema.TryGetProperty("properties", out JsonElement declared) && declared.TryGetProperty(name, out _))
                        continue;
                    if (limit.ValueKind == JsonValueKind.False)
                        _errors.Add($"{path}: '{name}' is no field of it");
                    else if (limit.ValueKind == JsonValueKind.Object)
                        Check(inner, limit, $"{path}.{name}");
                }
                break;
            case "required":
                foreach (JsonElement name in limit.EnumerateArray())
                    Require(value.ContainsKey(name.GetString()!), path, $"'{name.GetString()}' is missing");
                break;
            case "minProperties":
                Require(value.Count >= limit.GetInt32(), path, $"{value.Count} fields, fewer than {limit}");
                break;
            default:
                Require(value.Count <= limit.GetInt32(), path, $"{value.Count} fields, more than {limit}");
                break;
        }
    }

    private void CheckArray(JsonArray value, JsonProperty keyword, string path)
    {
        if (keyword.Name == "items")
        {
            for (int i = 0; i < value.Count; i++)
                Check(value[i], keyword.Value, $"{path}[{i}]");
        }
        else
        {
            int limit = keyword.Value.GetInt32();
            Require(keyword.Name == "minItems" ? value.Count >= limit : value.Count <= limit, path, $"{value.Count} items, {keyword.Name} is {limit}");
        }
    }

    private void CheckText(string value, JsonProperty keyword, string path)
    {
        if (keyword.Name == "pattern")
            Require(Patterns.GetOrAdd(keyword.Value.GetString()!, p => new Regex(p, RegexOptions.ECMAScript)).IsMatch(value), path, $"'{value}' does not match {keyword.Value}");
        else
            Require(keyword.Name == "minLength" ? value.Length >= keyword.Value.GetInt32() : value.Length <= keyword.Value.GetInt32(), path, $"'{value}': {keyword.Name} is {keyword.Value}");
    }

    private void CheckNumber(decimal value, JsonProperty keyword, string path) =>
        Require(keyword.Name == "minimum" ? value >= keyword.Value.GetDecimal() : value <= keyword.Value.GetDecimal(), path, $"{value}: {keyword.Name} is {keyword.Value}");

    private void Require(bool met, string path, string otherwise)
    {
        if (!met)
            _errors.Add($"{path}: {otherwise}");
    }
}
