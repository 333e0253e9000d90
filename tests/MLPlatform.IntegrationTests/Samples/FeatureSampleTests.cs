using System.Text.Json;
using Xunit;

namespace MLPlatform.IntegrationTests.Samples;

/// <summary>The shipped pipeline with features as they were known, through the command line, the engine and the workers.</summary>
public sealed class FeatureSampleTests : IDisposable
{
    private readonly MlpCommandLine _mlp = new();

    public void Dispose() => _mlp.Dispose();

    [Fact]
    public async Task Features_of_users_are_made_joined_and_trained_on()
    {
        JsonElement outputs = (await _mlp.RunAsync("workflows/appstore-features.json", "days=2", "users=100", "impressionsPerDay=1500")).GetProperty("outputs");
        Assert.InRange(outputs.GetProperty("rows").GetInt64(), 2000, 3000);
        Assert.InRange(outputs.GetProperty("versions").GetInt64(), 1000, 10 * outputs.GetProperty("events").GetInt64());
        Assert.Equal(0, outputs.GetProperty("warnings").GetArrayLength());
        long served = outputs.GetProperty("served").GetInt64();
        Assert.InRange(served, 90, 100);
        Assert.Equal(9 * served, outputs.GetProperty("verified").GetInt64());
        Assert.InRange(outputs.GetProperty("auc").GetDouble(), 0.5, 1);
        await AssertCommandsAsync(served);
    }

    [Fact]
    public async Task Features_grow_by_the_day_to_what_making_them_anew_gives()
    {
        long before = 0;
        foreach (string day in (string[])["2026-01-01", "2026-01-02"])
        {
            JsonElement run = await _mlp.RunAsync("workflows/appstore-features-daily.json", $"day={day}", "days=2", "users=60", "impressionsPerDay=600", "check=true");
            Assert.All(run.GetProperty("activities").EnumerateArray(), a => Assert.Contains(a.GetProperty("state").GetString(), (string[])["succeeded", "cached"]));
            JsonElement outputs = run.GetProperty("outputs");
            Assert.True(outputs.GetProperty("added").GetInt64() > 500 && outputs.GetProperty("versions").GetInt64() > before + 400, outputs.ToString());
            Assert.Equal(9 * outputs.GetProperty("served").GetInt64(), outputs.GetProperty("verified").GetInt64());
            before = outputs.GetProperty("versions").GetInt64();
        }
        Assert.Contains("user-activity-values  2 ", await SayAsync("datasets", "list"), StringComparison.Ordinal);
        Assert.Contains("clicks7d  ", await SayAsync("datasets", "lineage", "user-activity-values", "--column", "clicks7d"), StringComparison.Ordinal);
    }

    private async Task AssertCommandsAsync(long served)
    {
        Assert.Contains("user-activity  1 ", await SayAsync("features", "list"), StringComparison.Ordinal);
        Assert.Contains("count  over P1D type = 'click'", await SayAsync("features", "show", "user-activity"), StringComparison.Ordinal);
        Assert.Contains("spent7d", await SayAsync("features", "stats", "user-activity"), StringComparison.Ordinal);
        Assert.Contains("user-activity  1 ", await SayAsync("features", "online"), StringComparison.Ordinal);
        Assert.Contains($"{9 * served} values of {served} entities are the same to the bit", await SayAsync("features", "verify", "user-activity"), StringComparison.Ordinal);
        Assert.Contains("nothing is known", await SayAsync("features", "online", "user-activity", "userId=nobody"), StringComparison.Ordinal);
        Assert.Contains("valid, group user-activity version 1, 9 features", await SayAsync("features", "validate", "workflows/features"), StringComparison.Ordinal);
        // The file says what the run registered, so registering it changes nothing.
        Assert.Contains("user-activity: version 1", await SayAsync("features", "apply", "workflows/features/user-activity.json"), StringComparison.Ordinal);
    }

    private async Task<string> SayAsync(params string[] arguments)
    {
        (int status, string output, string error) = await _mlp.CallAsync(arguments);
        Assert.True(status == 0, error + output);
        return output;
    }
}
