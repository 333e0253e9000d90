using System.Text.Json;

namespace MLPlatform.Engine.Runs;

/// <summary>
/// Whether JSON can be written again. JSON may escape one half of a surrogate pair, which is no text: it can be parsed, and
/// then neither read nor written. Scripts, HTTP servers and people can send it, so nothing of theirs goes into the journal unseen.
/// </summary>
public static class SoundText
{
    public static bool In(JsonElement given)
    {
        // Nearly always there is nothing to look at: escaped surrogates begin with these letters.
        if (given.ValueKind == JsonValueKind.Undefined || !given.GetRawText().Contains("\\ud", StringComparison.OrdinalIgnoreCase))
            return true;
        try
        {
            JsonSerializer.SerializeToUtf8Bytes(given, Core.Runs.RunJson.Default.JsonElement);
            return true;
        }
        catch (Exception error) when (error is InvalidOperationException or JsonException)
        {
            return false;
        }
    }
}
