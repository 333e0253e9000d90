using System.Text.Json;
using MLPlatform.IntegrationTests.Pipelines;
using MLPlatform.Tests;
using MLPlatform.Tests.Tables;
using Xunit;

namespace MLPlatform.IntegrationTests.Training;

public sealed class RealDataTests : IDisposable
{
    private readonly TestActivityContext _context = new();

    public void Dispose() => _context.Dispose();

    [Theory]
    [InlineData("lr", 10)]
    [InlineData("fm", 4)]
    public async Task The_census_is_predicted_with_an_auc_above_point_91(string model, int epochs)
    {
        string data = SharedData.File("data/adult_census");
        Dictionary<string, JsonElement> run = await InProcess.RunAsync(_context, "workflows/adult-census.json", new { data, model, epochs, seed = 1 });
        JsonElement outputs = run["outputs"];
        Assert.Equal((32_561, 16_281), (outputs.GetProperty("trainRows").GetInt64(), outputs.GetProperty("testRows").GetInt64()));
        Assert.InRange(outputs.GetProperty("auc").GetDouble(), 0.91, 0.94);
        Assert.InRange(outputs.GetProperty("accuracy").GetDouble(), 0.855, 0.90);
        Assert.Equal(3846, run["evaluate"].GetProperty("positives").GetInt64());
        Assert.True(outputs.GetProperty("passed").GetBoolean());
    }

    [Fact]
    public async Task Spam_is_told_from_ham_in_97_of_100_messages()
    {
        string data = SharedData.File("data/extra_sms_spam");
        Dictionary<string, JsonElement> run = await InProcess.RunAsync(_context, "workflows/sms-spam.json", new { data, epochs = 5, seed = 1 });
        JsonElement outputs = run["outputs"];
        Assert.Equal((5574, 1115), (outputs.GetProperty("rows").GetInt64(), outputs.GetProperty("testRows").GetInt64()));
        Assert.InRange(outputs.GetProperty("accuracy").GetDouble(), 0.97, 1);
        Assert.InRange(outputs.GetProperty("recall").GetDouble(), 0.85, 1);
    }

    [Fact]
    public async Task Few_clicks_still_give_honest_figures()
    {
        string data = SharedData.File("data/open_bandit_men");
        Dictionary<string, JsonElement> run = await InProcess.RunAsync(_context, "workflows/open-bandit.json", new { data, policy = "random" });
        JsonElement outputs = run["outputs"];
        Assert.Equal(46, run["label"].GetProperty("clicks").GetInt64());
        Assert.InRange(outputs.GetProperty("testClicks").GetInt64(), 1, 46);
        Assert.InRange(outputs.GetProperty("logLoss").GetDouble(), 0, 0.1);
    }
}
