using System.Text.Json;

namespace MLPlatform.Vlps.Declarations;

/// <summary>In which settings two declarations differ, in words.</summary>
internal static class DeclarationDifferences
{
    private const int LongestValue = 60;

    /// <param name="model">What a model has.</param>
    /// <param name="asked">What is asked for.</param>
    public static IEnumerable<string> Of(JsonElement model, JsonElement asked) => At("", model, asked);

    private static IEnumerable<string> At(string path, JsonElement? model, JsonElement? asked)
    {
        if (model is { ValueKind: JsonValueKind.Object } one && asked is { ValueKind: JsonValueKind.Object } other)
        {
            IEnumerable<string> names = one.EnumerateObject().Concat(other.EnumerateObject()).Select(p => p.Name).Distinct(StringComparer.Ordinal);
            return names.SelectMany(name => At(path.Length == 0 ? name : $"{path}.{name}", Find(one, name), Find(other, name)));
        }
        return Text(model) == Text(asked) ? [] : [$"'{path}'{AsInput(path)} {Words(model)} in the model and {Words(asked)} in the inputs"];
    }

    private static JsonElement? Find(JsonElement value, string name) => value.TryGetProperty(name, out JsonElement found) ? found : null;

    private static string? Text(JsonElement? value) => value?.GetRawText();

    // The one setting that has another name where it is given beside the model.
    private static string AsInput(string path) => path == "fields.rate" ? " ('learningRate')" : "";

    private static string Words(JsonElement? value) => Text(value) is not { } text ? "is not set" : "is " + (text.Length <= LongestValue ? text : text[..LongestValue] + "…");
}
