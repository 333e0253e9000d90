using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Bees;
using MLPlatform.Core.Deployments;
using MLPlatform.Core.Registry;
using MLPlatform.Core.Triggers;
using MLPlatform.IntegrationTests.Postgres;
using MLPlatform.IntegrationTests.Server;
using MLPlatform.Server.Deployments;
using MLPlatform.Storage.Bees;
using Xunit;

namespace MLPlatform.IntegrationTests.Deployments;

/// <summary>Two servers with homes of their own on one PostgreSQL: whichever is asked, one of them has all of it.</summary>
public sealed class TwoServersTests(PostgresServer postgres) : IAsyncLifetime
{
    private readonly string _name = "d" + Guid.NewGuid().ToString("N");
    private OnPostgres _keeper = null!, _other = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        string database = await postgres.CreateDatabaseAsync(Cancel);
        (_keeper, _other) = (new OnPostgres(database), new OnPostgres(database));
        await _keeper.InitializeAsync();
        await _other.InitializeAsync();
        ModelVersion version = Assert.Single(await SmallModels.RegisterAsync(_keeper, _name, "a"));
        string folder = Directory.CreateTempSubdirectory("mlp-model-").FullName; // As a shared artifact store would have it.
        await _keeper.Get<IArtifactStore>().LayOutAsync(version.Artifact.Hash, folder, Cancel);
        await _other.Get<IArtifactStore>().PutFolderAsync(folder, "model", Cancel);
        Directory.Delete(folder, recursive: true);
        await PostAsync(_keeper, $"deployments/{_name}/deploy", new { version = 1 });
        await ScoreAsync(_keeper, "first", "a"); // Who keeps the first impression keeps all.
        await ServingLogs.ImpressionsAsync(_keeper, _name, 1);
    }

    public async ValueTask DisposeAsync()
    {
        if (_keeper is not null)
            await _keeper.DisposeAsync();
        if (_other is not null)
            await _other.DisposeAsync();
    }

    [Fact]
    public async Task What_either_server_answers_and_hears_is_in_one_log_and_in_one_set_of_figures()
    {
        for (int i = 0; i < 10; i++)
        {
            await ScoreAsync(_other, $"o{i}", "a", "b");
            await ScoreAsync(_keeper, $"k{i}", "a", "b");
        }
        await _other.Get<ImpressionLog>().StopAsync(Cancel);
        await _keeper.Get<ImpressionLog>().StopAsync(Cancel);
        Assert.Equal((0, 0), (_other.Get<ImpressionLog>().Lost, _keeper.Get<ImpressionLog>().Lost));
        object events = new { deployment = _name, events = new[] { new { eventId = "e1", requestId = "o1" }, new { eventId = "e2", requestId = "k1" } } };
        JsonElement there = await PostAsync(_other, "feedback", events);
        Assert.Equal((0, 2), (there.GetProperty("accepted").GetInt32(), there.GetProperty("forwarded").GetInt32()));
        Assert.Equal(2, (await PostAsync(_other, "feedback", events)).GetProperty("forwarded").GetInt32());

        await _other.Get<ForwardLoop>().RunOnceAsync(Cancel); // It is not its to fetch.
        Assert.Equal(21, Records("impressions").Count);
        await _keeper.Get<ForwardLoop>().RunOnceAsync(Cancel);
        Assert.Equal(41, Records("impressions").Count);
        Assert.Equal(["e1", "e2"], Records("feedback").Select(r => r.GetProperty("ce_id").GetString()));
        Assert.Null(await _keeper.Get<IForwardStore>().FindOldestAsync(Cancel));
        Assert.Equal(2, (await PostAsync(_keeper, "feedback", events)).GetProperty("duplicates").GetInt32());

        JsonElement figures = (await _keeper.GetJsonAsync($"api/v1/deployments/{_name}/metrics")).GetProperty("versions")[0].GetProperty("figures");
        Assert.Equal((21, 41, 2), (figures.GetProperty("requests").GetInt32(), figures.GetProperty("impressions").GetInt32(), figures.GetProperty("positives").GetInt32()));
        Deployment deployment = (await _keeper.Get<IDeploymentStore>().FindAsync(_name, Cancel))!;
        ServingWindows fresh = new(_keeper.Get<LandingLogs>(), _keeper.Get<Microsoft.Extensions.Options.IOptions<ServingOptions>>(), TimeProvider.System);
        VersionFigures read = Assert.Single(await fresh.FiguresAsync(deployment, DateTimeOffset.UnixEpoch));
        Assert.Equal((41, 2), (read.Impressions, read.Positives));
    }

    [Fact]
    public async Task What_was_fetched_before_a_crash_is_not_kept_twice()
    {
        await ScoreAsync(_other, "o", "a", "b");
        await _other.Get<ImpressionLog>().StopAsync(Cancel);
        await PostAsync(_other, "feedback", new { deployment = _name, events = new[] { new { eventId = "e1", requestId = "o" } } });
        string home = _keeper.Get<LandingLogs>().HomeName();
        IReadOnlyList<Forward> waiting = await _keeper.Get<IForwardStore>().ListAsync(home, 10, Cancel);
        Assert.Equal(3, waiting.Count);
        await _keeper.Get<ForwardLoop>().RunOnceAsync(Cancel);
        foreach (Forward forward in waiting) // Durable in the log, and the crash came before they were forgotten.
            await _keeper.Get<IForwardStore>().PutAsync(forward.Source, forward.Kind, forward.Body, Cancel);
        await _keeper.Get<ForwardLoop>().RunOnceAsync(Cancel);
        Assert.Equal(3, Records("impressions").Count);
        Assert.Single(Records("feedback"));
        JsonElement figures = (await _keeper.GetJsonAsync($"api/v1/deployments/{_name}/metrics")).GetProperty("versions")[0].GetProperty("figures");
        Assert.Equal((3, 1), (figures.GetProperty("impressions").GetInt32(), figures.GetProperty("positives").GetInt32()));
    }

    [Fact]
    public async Task What_cannot_be_read_holds_up_its_own_deployment_alone()
    {
        IForwardStore forwards = _keeper.Get<IForwardStore>();
        string other = "other-" + _name;
        await PostAsync(_keeper, $"deployments/{other}/deploy", new { version = 1, model = _name });
        Assert.True(await _keeper.Get<ServingSources>().IsKeptHereAsync(other, Cancel));
        await forwards.PutAsync("impressions." + other, ForwardKind.Feedback, "{"u8.ToArray(), Cancel);
        await forwards.PutAsync("impressions." + other, ForwardKind.Impressions, [1, 2, 3], Cancel);
        await ScoreAsync(_other, "o", "a");
        await _other.Get<ImpressionLog>().StopAsync(Cancel);
        await _keeper.Get<ForwardLoop>().RunOnceAsync(Cancel);
        Assert.Equal(2, Records("impressions").Count);
        Assert.Equal(2, (await forwards.ListAsync(_keeper.Get<LandingLogs>().HomeName(), 10, Cancel)).Count);
    }

    [Fact]
    public async Task Policies_and_triggers_are_the_keepers_and_the_others_go_on_with_the_rest()
    {
        using HttpResponseMessage set = await _other.Client.PutAsJsonAsync($"api/v1/deployments/{_name}/policy", new { policy = new { guards = Array.Empty<object>() } }, Cancel);
        Assert.Equal(HttpStatusCode.OK, set.StatusCode);
        await _other.Get<PolicyCycle>().RunOnceAsync(Cancel);
        Assert.False(await _other.Get<IFeedbackSource>().IsKeptHereAsync(_name, Cancel));
        Assert.True(await _keeper.Get<IFeedbackSource>().IsKeptHereAsync(_name, Cancel));
        JsonElement told = await ProblemAssert.IsAsync(await _other.Client.GetAsync($"api/v1/deployments/{_name}/metrics", Cancel), 503, "BEES-055");
        Assert.Contains(_keeper.Get<LandingLogs>().HomeName(), told.GetProperty("detail").GetString());
    }

    [Fact]
    public async Task When_the_keeper_is_gone_for_good_another_takes_over_and_has_what_waited()
    {
        await ScoreAsync(_other, "o", "a", "b");
        await _other.Get<ImpressionLog>().StopAsync(Cancel);
        await PostAsync(_other, "feedback", new { deployment = _name, events = new[] { new { eventId = "e1", requestId = "o" } } });
        await _keeper.DisposeAsync();
        foreach (string source in new[] { "impressions", "feedback" })
        {
            using HttpResponseMessage removed = await _other.Client.DeleteAsync($"api/v1/bees/sources/{source}.{_name}", Cancel);
            Assert.True(removed.IsSuccessStatusCode);
        }
        Assert.True(await _other.Get<ServingSources>().IsKeptHereAsync(_name, Cancel));
        await _other.Get<ForwardLoop>().RunOnceAsync(Cancel);
        JsonElement figures = (await _other.GetJsonAsync($"api/v1/deployments/{_name}/metrics")).GetProperty("versions")[0].GetProperty("figures");
        Assert.Equal((2, 1), (figures.GetProperty("impressions").GetInt32(), figures.GetProperty("positives").GetInt32()));
        _keeper = null!;
    }

    private List<JsonElement> Records(string kind) => ServingLogs.Read(_keeper, $"{kind}.{_name}");

    private Task<JsonElement> ScoreAsync(OnPostgres server, string requestId, params string[] apps) =>
        PostAsync(server, $"deployments/{_name}/score", new { requestId, rows = apps.Select(app => new { app, price = 1.0 }) });

    private static async Task<JsonElement> PostAsync(OnPostgres server, string path, object body)
    {
        using HttpResponseMessage response = await server.Client.PostAsJsonAsync("api/v1/" + path, body, Cancel);
        JsonElement answer = await response.Content.ReadFromJsonAsync<JsonElement>(Cancel);
        Assert.True(response.StatusCode == HttpStatusCode.OK, answer.ToString());
        return answer;
    }

    private sealed class OnPostgres(string database) : TestPlatform
    {
        protected override Dictionary<string, string?> Overrides => new() { ["Storage:Provider"] = "postgres", ["Storage:ConnectionString"] = database };
    }
}
