using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace MLPlatform.Vlps.Rows;

/// <summary>Texts of JSON that anybody sent. JSON may write half a surrogate pair, which is no text; reading it throws.</summary>
public static class JsonText
{
    public static bool TryRead(JsonElement value, [NotNullWhen(true)] out string? text)
    {
        try
        {
            text = value.ToString();
            return true;
        }
        catch (InvalidOperationException)
        {
            text = null;
            return false;
        }
    }
}
