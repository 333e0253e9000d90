using System.Globalization;
using System.Security.Claims;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.Features;
using MLPlatform.Core.Experiments;
using MLPlatform.Vlps.Rows;

namespace MLPlatform.Server.Experiments.Mlflow;

/// <summary>
/// One request of a tracking client: the fields of its body, or of its query where it has none. Fields nobody knows are ignored;
/// whole numbers may be text; numbers may be <c>NaN</c> and <c>Infinity</c> as text.
/// </summary>
internal sealed class MlflowCall(HttpContext http, JsonElement fields)
{
    public HttpContext Http => http;

    public ClaimsPrincipal User => http.User;

    public CancellationToken Cancel => http.RequestAborted;

    /// <summary>The run that the request names, by its new or its old field.</summary>
    public string Run => Text("run_id") ?? Text("run_uuid") ?? throw Missing("run_id");

    public T Get<T>() where T : notnull => http.RequestServices.GetRequiredService<T>();

    public static async Task<MlflowCall> ReadAsync(HttpContext http)
    {
        HttpRequest request = http.Request;
        if (HttpMethods.IsGet(request.Method))
            return new MlflowCall(http, OfQuery(request));
        if (http.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody != true)
            return new MlflowCall(http, JsonElement.Parse("{}"));
        try
        {
            JsonElement body = await JsonSerializer.DeserializeAsync<JsonElement>(request.Body, cancellationToken: http.RequestAborted);
            return body.ValueKind == JsonValueKind.Object ? new MlflowCall(http, body) : throw Wrong("The request body must be a JSON object.");
        }
        catch (JsonException e)
        {
            throw Wrong($"The request body is no JSON: {e.Message}");
        }
    }

    public string Required(string name) => Text(name) is { Length: > 0 } text ? text : throw Missing(name);

    public string? Text(string name) => Of(fields, name);

    public long? Whole(string name) => WholeOf(fields, name);

    public bool Flag(string name) => Text(name) is "true" or "True" or "1";

    /// <summary>The items of a list; none where it is absent. A single value counts as a list of one.</summary>
    public IReadOnlyList<JsonElement> Each(string name) => !fields.TryGetProperty(name, out JsonElement list) || list.ValueKind == JsonValueKind.Null
        ? []
        : list.ValueKind == JsonValueKind.Array ? [.. list.EnumerateArray()] : [list];

    public IReadOnlyList<string> Texts(string name) => [.. Each(name).Select(e => e.ValueKind == JsonValueKind.String ? TextOf(e, name) : e.GetRawText())];

    public JsonElement? Object(string name) =>
        fields.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Object ? value : null;

    public LifecycleView View(string name) => Text(name)?.ToUpperInvariant() switch
    {
        null or "" or "ACTIVE_ONLY" or "1" => LifecycleView.Active,
        "DELETED_ONLY" or "2" => LifecycleView.Deleted,
        "ALL" or "3" => LifecycleView.All,
        string other => throw Wrong($"{name} is '{other}'; it must be ACTIVE_ONLY, DELETED_ONLY or ALL."),
    };

    /// <summary>How many items a page may have.</summary>
    public int Limit(int standard, int most)
    {
        long asked = Whole("max_results") ?? standard;
        return asked >= 1 && asked <= most ? (int)asked : throw Wrong($"max_results is {asked}; it must lie between 1 and {most}.");
    }

    /// <summary>Key and value of each item of a list.</summary>
    public List<KeyValuePair<string, string>> Pairs(string name, MlflowName kind) =>
        [.. Each(name).Select(e => new KeyValuePair<string, string>(kind.Check(Of(e, "key") ?? throw Missing($"{name}[].key")), kind.CheckValue(Of(e, "value") ?? "")))];

    /// <summary>A metric, as one request or one item of a batch writes it.</summary>
    public MetricValue Metric(JsonElement? item = null)
    {
        JsonElement at = item ?? fields;
        string key = MlflowName.Metric.Check(Of(at, "key") ?? throw Missing("key"));
        if (Of(at, "value") is not { } text)
            throw Missing("value");
        long time = WholeOf(at, "timestamp") ?? throw Missing("timestamp");
        return new MetricValue(key, Real(text), time, WholeOf(at, "step") ?? 0);
    }

    public static TrackingException Wrong(string message) => new(TrackingRefusal.Invalid, "TRACK-012", message);

    public static TrackingException Missing(string name) => Wrong($"The request has no value for '{name}'.");

    public static double Real(string text) => text.ToLowerInvariant() switch
    {
        "nan" => double.NaN,
        "infinity" or "inf" or "+infinity" => double.PositiveInfinity,
        "-infinity" or "-inf" => double.NegativeInfinity,
        _ => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? value : throw Wrong($"'{Short(text)}' is no number."),
    };

    public static string? Of(JsonElement item, string name) => item.ValueKind != JsonValueKind.Object || !item.TryGetProperty(name, out JsonElement value) ? null : value.ValueKind switch
    {
        JsonValueKind.Null => null,
        JsonValueKind.String => TextOf(value, name),
        JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => value.GetRawText(),
        _ => throw Wrong($"'{name}' must be a single value."),
    };

    private static string TextOf(JsonElement value, string name) =>
        JsonText.TryRead(value, out string? text) ? text : throw Wrong($"'{name}' is no text but half a surrogate pair.");

    private static long? WholeOf(JsonElement item, string name) => Of(item, name) switch
    {
        null or "" => null,
        string text when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long whole) => whole,
        // Some clients send whole numbers as 12.0.
        string text when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double real) && Math.Abs(real) < 1L << 53 && real == Math.Floor(real) => (long)real,
        string text => throw Wrong($"'{name}' is '{Short(text)}'; it must be a whole number of at most 64 bits."),
    };

    private static string Short(string text) => text.Length <= 60 ? text : text[..60] + "…";

    private static JsonElement OfQuery(HttpRequest request)
    {
        JsonObject query = [];
        foreach ((string name, Microsoft.Extensions.Primitives.StringValues values) in request.Query)
            query[name] = values.Count == 1 ? JsonValue.Create(values[0]) : new JsonArray([.. values.Select(v => (JsonNode?)JsonValue.Create(v))]);
        return JsonSerializer.SerializeToElement(query);
    }
}
