using System.Text.Json;
using Xunit;

namespace MLPlatform.IntegrationTests.Samples;

/// <summary>The loop as a whole: what is served is learned from, and what is learned is served.</summary>
public sealed class DemoLoopTests : IDisposable
{
    private readonly MlpCommandLine _mlp = new();

    public void Dispose() => _mlp.Dispose();

    [Fact]
    public async Task When_taste_turns_the_loop_notices_retrains_promotes_and_wins_clicks_back()
    {
        (int status, string output, string error) = await _mlp.CallAsync(["demo", "--loop", "7", "-p", "days=4", "--json"]);
        Assert.True(status == 0, error + output);
        JsonElement told = JsonElement.Parse(output);
        JsonElement[] days = [.. told.GetProperty("days").EnumerateArray()];
        Assert.Equal(7, days.Length);

        // Before fashion turns both are one model, and nothing is retrained.
        Assert.All(days.Take(2), d => Assert.Equal(JsonValueKind.Null, Retrained(d)));
        Assert.All(days.Take(2), d => Assert.Equal(ClickThrough(d, "frozen"), ClickThrough(d, "looped")));

        // Then it is noticed, and what passes the gate is served the next day.
        JsonElement[] promoted = [.. days.Where(d => Note(d).EndsWith("the retrained model was promoted", StringComparison.Ordinal))];
        Assert.NotEmpty(promoted);
        Assert.All(promoted, d => Assert.Matches("^calibration of version [0-9]+ is [0-9.]+, above 1.25, over P1D", Note(d)));
        Assert.NotEqual(days[0].GetProperty("looped").GetProperty("versions")[0].GetInt32(), days[^1].GetProperty("looped").GetProperty("versions")[0].GetInt32());

        // The one that stays loses clicks; the other wins a good part of them back.
        JsonElement last = days[^1];
        Assert.True(ClickThrough(last, "frozen") < 0.75 * ClickThrough(days[0], "frozen"));
        Assert.True(ClickThrough(last, "looped") > 1.2 * ClickThrough(last, "frozen"));
        Assert.True(told.GetProperty("story").GetProperty("extraClicks").GetInt64() > 0);

        // Whoever runs the demo again sees it happen again: the same days, after all of which the first one's trigger has fired.
        (status, output, error) = await _mlp.CallAsync(["demo", "--loop", "4", "-p", "days=4", "--json"]);
        Assert.True(status == 0, error + output);
        Assert.Contains(JsonElement.Parse(output).GetProperty("days").EnumerateArray(), d => Retrained(d) != JsonValueKind.Null);
    }

    private static JsonValueKind Retrained(JsonElement day) => day.TryGetProperty("retrained", out JsonElement run) ? run.ValueKind : JsonValueKind.Null;

    private static string Note(JsonElement day) => day.TryGetProperty("note", out JsonElement note) ? note.GetString() ?? "" : "";

    private static double ClickThrough(JsonElement day, string arm) => day.GetProperty(arm).GetProperty("clickThrough").GetDouble();
}
