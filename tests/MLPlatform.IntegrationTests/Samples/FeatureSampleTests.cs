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
        Assert.InRange(outputs.GetProperty("auc").GetDouble(), 0.5, 1);
    }
}
