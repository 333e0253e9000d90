using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace MLPlatform.Vlps.Declarations;

/// <summary>Reads declarations as JSON, and finds all that does not fit their types: names, kinds and ranges of values.</summary>
internal static class DeclarationJson
{
    public static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        NumberHandling = JsonNumberHandling.Strict,
        RespectNullableAnnotations = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false) },
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
    };

    /// <summary>How a name of a list of names is written.</summary>
    public static string NameOf<T>(T value)
        where T : struct, Enum => JsonSerializer.SerializeToElement(value, Options).GetString()!;

    /// <summary>What of a value does not fit a type.</summary>
    public static void Check(JsonElement value, Type type, string path, List<DeclarationProblem> problems)
    {
        JsonTypeInfo info = Options.GetTypeInfo(Nullable.GetUnderlyingType(type) ?? type);
        if (info.Kind == JsonTypeInfoKind.Object && value.ValueKind == JsonValueKind.Object)
            CheckObject(value, info, path, problems);
        else if (info.Kind == JsonTypeInfoKind.Enumerable && value.ValueKind == JsonValueKind.Array)
            CheckItems(value, info.ElementType!, path, problems);
        else if (info.Kind == JsonTypeInfoKind.Dictionary && value.ValueKind == JsonValueKind.Object)
            CheckEntries(value, info.ElementType!, path, problems);
        else
            CheckValue(value, type, path, problems);
    }

    private static void CheckObject(JsonElement value, JsonTypeInfo info, string path, List<DeclarationProblem> problems)
    {
        var known = info.Properties.ToDictionary(p => p.Name, StringComparer.Ordinal);
        foreach (JsonProperty given in value.EnumerateObject())
        {
            if (given.Name == "$schema" && path == "$")
                continue;
            string at = DeclarationPath.Of(path, given.Name);
            if (!known.TryGetValue(given.Name, out JsonPropertyInfo? property))
            {
                problems.Add(new("VLPS-001", at, $"there is no '{given.Name}'; {NearName.Hint(given.Name, known.Keys)}"));
                continue;
            }
            int before = problems.Count;
            if (given.Value.ValueKind != JsonValueKind.Null || !property.IsSetNullable)
                Check(given.Value, property.PropertyType, at, problems);
            if (problems.Count == before)
                CheckRange(given.Value, property, at, problems);
        }
        foreach (JsonPropertyInfo property in info.Properties.Where(p => p.IsRequired && !value.TryGetProperty(p.Name, out _)))
            problems.Add(new("VLPS-002", path, $"'{property.Name}' is missing"));
    }

    private static void CheckItems(JsonElement value, Type type, string path, List<DeclarationProblem> problems)
    {
        int i = 0;
        foreach (JsonElement item in value.EnumerateArray())
            Check(item, type, $"{path}[{i++}]", problems);
    }

    private static void CheckEntries(JsonElement value, Type type, string path, List<DeclarationProblem> problems)
    {
        foreach (JsonProperty entry in value.EnumerateObject())
            Check(entry.Value, type, DeclarationPath.Of(path, entry.Name), problems);
    }

    private static void CheckValue(JsonElement value, Type type, string path, List<DeclarationProblem> problems)
    {
        try
        {
            if (value.Deserialize(type, Options) is not null)
                return;
            problems.Add(new("VLPS-002", path, "there is no value"));
        }
        catch (JsonException)
        {
            Type plain = Nullable.GetUnderlyingType(type) ?? type;
            string wanted = plain.IsEnum ? Choices(value, plain)
                : plain == typeof(string) ? "it must be a text"
                : plain == typeof(int) || plain == typeof(long) ? "it must be a whole number"
                : plain == typeof(double) ? "it must be a number"
                : typeof(IEnumerable).IsAssignableFrom(plain) ? "it must be a list" : "it must be an object";
            string given = value.GetRawText();
            problems.Add(new("VLPS-002", path, $"{(given.Length > 60 ? given[..60] + "…" : given)} does not fit; {wanted}"));
        }
    }

    private static string Choices(JsonElement value, Type type)
    {
        string[] names = [.. Enum.GetValues(type).Cast<object>().Select(v => JsonSerializer.SerializeToElement(v, type, Options).GetString()!)];
        return value.ValueKind == JsonValueKind.String ? NearName.Hint(value.GetString()!, names) : $"there are {string.Join(", ", names)}";
    }

    private static void CheckRange(JsonElement value, JsonPropertyInfo property, string path, List<DeclarationProblem> problems)
    {
        RangeAttribute? range = property.AttributeProvider?.GetCustomAttributes(typeof(RangeAttribute), true).Cast<RangeAttribute>().FirstOrDefault();
        if (range is null || value.ValueKind != JsonValueKind.Number)
            return;
        double given = value.GetDouble();
        double least = Convert.ToDouble(range.Minimum, System.Globalization.CultureInfo.InvariantCulture);
        double most = Convert.ToDouble(range.Maximum, System.Globalization.CultureInfo.InvariantCulture);
        if (!(given >= least && given <= most))
            problems.Add(new("VLPS-003", path, FormattableString.Invariant($"it must be from {least} to {most}; it is {given}")));
    }
}
