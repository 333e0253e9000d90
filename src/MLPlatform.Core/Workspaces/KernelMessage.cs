using System.Text.Json;

namespace MLPlatform.Core.Workspaces;

/// <summary>What is read of a message between a page and a kernel, in Jupyter's protocol; null for what it does not say.</summary>
/// <param name="Parent">The message that it answers.</param>
/// <param name="State">Of a status: <c>busy</c>, <c>idle</c> and the like.</param>
internal record struct KernelMessage(string? Type, string? Id, string? Parent, string? State)
{
    /// <param name="json">The message, or the beginning of one: pages and kernels put what is read here before or after the content as they like.</param>
    public static KernelMessage Read(ReadOnlySpan<byte> json)
    {
        Utf8JsonReader reader = new(json, isFinalBlock: false, default);
        KernelMessage message = default;
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
                return message;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                string part = reader.GetString()!;
                if (!reader.Read())
                    break;
                if (reader.TokenType == JsonTokenType.StartObject && part is "header" or "parent_header" or "content" ? !message.ReadPart(ref reader, part) : !reader.TrySkip())
                    break;
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Not of this protocol: Jupyter is the one to refuse it.
        }
        return message;
    }

    private bool ReadPart(ref Utf8JsonReader reader, string part)
    {
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.EndObject)
                return true;
            string name = reader.GetString()!;
            if (!reader.Read())
                return false;
            string? text = reader.TokenType == JsonTokenType.String && name is "msg_id" or "msg_type" or "execution_state" ? reader.GetString() : null;
            if (text is null && !reader.TrySkip())
                return false;
            this = (part, name) switch
            {
                ("header", "msg_id") => this with { Id = text },
                ("header", "msg_type") => this with { Type = text },
                ("parent_header", "msg_id") => this with { Parent = text },
                ("content", "execution_state") => this with { State = text },
                _ => this,
            };
        }
        return false;
    }
}
