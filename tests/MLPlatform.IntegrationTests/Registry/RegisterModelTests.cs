using System.Text.Json;
using MLPlatform.Activities.Registry;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.IntegrationTests.Storage;
using MLPlatform.Tests.Tables;
using Xunit;

namespace MLPlatform.IntegrationTests.Registry;

public sealed class RegisterModelTests(SqliteStores stores) : IClassFixture<SqliteStores>, IDisposable
{
    private readonly TestActivityContext _context = new();

    public void Dispose() => _context.Dispose();

    [Fact]
    public async Task Running_the_same_attempt_again_makes_no_second_version()
    {
        var inputs = new RegisterModel.Inputs
        {
            Name = "census",
            Model = Model('1'),
            Metrics = new Dictionary<string, double?> { ["auc"] = 0.91, ["groupedAuc"] = null },
            Aliases = ["champion"],
        };
        RegisterModel.Outputs first = await RunAsync(inputs), second = await RunAsync(inputs);
        Assert.Equal((1, 1), (first.Version, second.Version));
        Assert.Null(first.Replaced["champion"]);
        var champion = await stores.Registry.FindByAliasAsync("census", "champion", TestContext.Current.CancellationToken);
        Assert.Equal((inputs.Model, """{"auc":0.91}"""), (champion!.Artifact, champion.MetricsJson));
    }

    [Fact]
    public async Task Only_models_are_registered()
    {
        ActivityException problem = await Assert.ThrowsAsync<ActivityException>(
            () => RunAsync(new RegisterModel.Inputs { Name = "x", Model = Model('2') with { Kind = "table" } }));
        Assert.Equal("ML-010", problem.Code);
    }

    private static ArtifactRef Model(char digit) => new("sha256:" + new string(digit, 64), "model", 10);

    private async Task<RegisterModel.Outputs> RunAsync(RegisterModel.Inputs inputs)
    {
        InlineResult result = await new RegisterModel(stores.Registry).RunAsync(inputs, _context, TestContext.Current.CancellationToken);
        return Assert.IsType<InlineResult.Completed>(result).Outputs.Deserialize<RegisterModel.Outputs>(ActivityJson.Options)!;
    }
}
