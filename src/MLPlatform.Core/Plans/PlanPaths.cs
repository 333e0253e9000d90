using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Pipelines;

namespace MLPlatform.Core.Plans;

/// <summary>Makes the relative paths that a pipeline file writes into inputs absolute, so that a plan means the same wherever it runs.</summary>
internal static class PlanPaths
{
    /// <param name="inputs">The declared inputs, which may hold expressions.</param>
    /// <param name="type">The inputs record; its properties with <see cref="ExternalFilesAttribute"/> name files.</param>
    public static JsonElement Resolve(JsonElement inputs, Type type, string? folder)
    {
        if (folder is null || inputs.ValueKind != JsonValueKind.Object)
            return inputs;
        JsonObject? changed = null;
        foreach (PropertyInfo property in type.GetProperties())
        {
            string name = JsonNamingPolicy.CamelCase.ConvertName(property.Name);
            if (!inputs.TryGetProperty(name, out JsonElement value) || Resolve(value, property, folder) is not { } resolved)
                continue;
            changed ??= JsonSerializer.SerializeToNode(inputs)!.AsObject();
            changed[name] = resolved;
        }
        return changed is null ? inputs : JsonSerializer.SerializeToElement(changed);
    }

    // Paths stand in records that inputs hold too, such as where data is to be imported from.
    private static JsonNode? Resolve(JsonElement value, PropertyInfo property, string folder)
    {
        if (property.IsDefined(typeof(ExternalFilesAttribute)))
            return Resolve(value, folder);
        bool isRecord = property.PropertyType is { IsClass: true } type && type != typeof(string) && type.Assembly == property.DeclaringType!.Assembly;
        if (!isRecord || value.ValueKind != JsonValueKind.Object)
            return null;
        JsonElement inside = Resolve(value, property.PropertyType, folder);
        return inside.Equals(value) ? null : JsonSerializer.SerializeToNode(inside);
    }

    private static JsonNode? Resolve(JsonElement value, string folder) => value.ValueKind switch
    {
        JsonValueKind.String => ExternalPaths.Resolve(value.GetString()!, folder),
        JsonValueKind.Array => new JsonArray([.. value.EnumerateArray().Select(item => Resolve(item, folder) ?? JsonNode.Parse(item.GetRawText()))]),
        _ => null,
    };
}
