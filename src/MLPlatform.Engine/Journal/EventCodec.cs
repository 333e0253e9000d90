using System.Text.Json;
using MLPlatform.Core.Runs;

namespace MLPlatform.Engine.Journal;

/// <summary>Events as the journal keeps them: a JSON array, UTF-8.</summary>
public static class EventCodec
{
    public static ReadOnlyMemory<byte> Encode(IReadOnlyList<RunEvent> events) =>
        JsonSerializer.SerializeToUtf8Bytes(events as List<RunEvent> ?? [.. events], RunJson.Default.ListRunEvent);

    public static List<RunEvent> Decode(ReadOnlyMemory<byte> payload) =>
        JsonSerializer.Deserialize(payload.Span, RunJson.Default.ListRunEvent)
        ?? throw new JsonException("a journal entry holds null");
}
