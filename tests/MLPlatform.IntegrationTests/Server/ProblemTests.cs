using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Xunit;

namespace MLPlatform.IntegrationTests.Server;

public sealed class ProblemTests(TestPlatform platform) : IClassFixture<TestPlatform>
{
    private readonly HttpClient _client = platform.Client;

    [Fact]
    public async Task An_unknown_address_is_a_problem() =>
        await ProblemAssert.IsAsync(await _client.GetAsync("api/v1/nothing"), 404, "API-001");

    [Fact]
    public async Task A_method_that_an_address_does_not_take_is_a_problem_that_names_those_it_takes()
    {
        JsonElement problem = await ProblemAssert.IsAsync(await _client.DeleteAsync("api/v1/runs"), 405, "API-002");
        Assert.Contains("GET", problem.GetProperty("hint").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "API-003")]
    [InlineData("{", "API-003")]
    [InlineData("[]", "API-003")]
    [InlineData("null", "API-003")]
    [InlineData("""{"pipeline":5}""", "API-003")]
    [InlineData("""{"pipelin":"x"}""", "API-003")]
    [InlineData("""{"pipeline":"x","logicalDate":"yesterday"}""", "API-003")]
    [InlineData("""{}""", "API-003")]
    [InlineData("""{"pipeline":"x","file":{"pipeline":{}}}""", "API-003")]
    public async Task A_body_that_cannot_be_read_is_a_problem(string body, string code)
    {
        using StringContent content = new(body, Encoding.UTF8, "application/json");
        JsonElement problem = await ProblemAssert.IsAsync(await _client.PostAsync("api/v1/runs", content), 400, code);
        Assert.DoesNotContain("MLPlatform.", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_field_is_named_with_its_place()
    {
        using StringContent content = new("{\n  \"pipeline\": 5 }", Encoding.UTF8, "application/json");
        JsonElement problem = await ProblemAssert.IsAsync(await _client.PostAsync("api/v1/runs", content), 400, "API-003");
        Assert.Contains("$.pipeline", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Contains("line 2", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.DoesNotContain("System.", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_of_another_type_is_a_problem()
    {
        using StringContent content = new("pipeline=x", Encoding.UTF8, "application/x-www-form-urlencoded");
        await ProblemAssert.IsAsync(await _client.PostAsync("api/v1/runs", content), 415, "API-008");
    }

    [Fact]
    public async Task A_body_that_is_too_large_is_a_problem()
    {
        using ByteArrayContent content = new(new byte[17 << 20]);
        content.Headers.ContentType = new("application/json");
        using HttpRequestMessage request = new(HttpMethod.Post, "api/v1/runs") { Content = content, Headers = { ExpectContinue = true } };
        await ProblemAssert.IsAsync(await _client.SendAsync(request), 413, "API-009");
    }

    [Theory]
    [InlineData("api/v1/runs?limit=0")]
    [InlineData("api/v1/runs?limit=many")]
    [InlineData("api/v1/runs?state=done")]
    [InlineData("api/v1/runs?state=1")]
    [InlineData("api/v1/runs?cursor=%20nonsense")]
    [InlineData("api/v1/runs?createdAfter=yesterday")]
    [InlineData("api/v1/audit?limit=-1")]
    public async Task A_query_that_makes_no_sense_is_a_problem(string path)
    {
        JsonElement problem = await ProblemAssert.IsAsync(await _client.GetAsync(path), 400, "API-003");
        Assert.Matches("limit|state|cursor|createdAfter", problem.GetProperty("detail").GetString());
    }

    [Theory]
    [InlineData("api/v1/runs/01a20bb0-f8f1-7462-a60d-7741d7d03c05")]
    [InlineData("api/v1/runs/01a20bb0-f8f1-7462-a60d-7741d7d03c05/activities")]
    [InlineData("api/v1/runs/01a20bb0-f8f1-7462-a60d-7741d7d03c05/attempts")]
    [InlineData("api/v1/runs/01a20bb0-f8f1-7462-a60d-7741d7d03c05/artifacts")]
    [InlineData("api/v1/runs/01a20bb0-f8f1-7462-a60d-7741d7d03c05/metrics")]
    [InlineData("api/v1/runs/01a20bb0-f8f1-7462-a60d-7741d7d03c05/journal")]
    [InlineData("api/v1/runs/01a20bb0-f8f1-7462-a60d-7741d7d03c05/progress")]
    [InlineData("api/v1/runs/01a20bb0-f8f1-7462-a60d-7741d7d03c05/events")]
    [InlineData("api/v1/runs/01a20bb0-f8f1-7462-a60d-7741d7d03c05/activities/x/log")]
    [InlineData("api/v1/runs/01a20bb0-f8f1-7462-a60d-7741d7d03c05/activities/x/log/stream")]
    [InlineData("api/v1/pipelines/none")]
    [InlineData("api/v1/pipelines/none/revisions")]
    [InlineData("api/v1/activities/none")]
    [InlineData("api/v1/models/none")]
    [InlineData("api/v1/models/none/versions/1")]
    [InlineData("api/v1/artifacts/none")]
    public async Task What_is_not_there_is_a_problem(string path) =>
        await ProblemAssert.IsAsync(await _client.GetAsync(path), 404, "API-004");

    [Theory]
    [InlineData("POST", "api/v1/runs/01a20bb0-f8f1-7462-a60d-7741d7d03c05/cancel", null)]
    [InlineData("POST", "api/v1/runs/01a20bb0-f8f1-7462-a60d-7741d7d03c05/pause", null)]
    [InlineData("POST", "api/v1/runs/01a20bb0-f8f1-7462-a60d-7741d7d03c05/resume", null)]
    [InlineData("POST", "api/v1/runs/01a20bb0-f8f1-7462-a60d-7741d7d03c05/rerun", null)]
    [InlineData("POST", "api/v1/runs/01a20bb0-f8f1-7462-a60d-7741d7d03c05/activities/x/approve", """{"approved":true}""")]
    [InlineData("POST", "api/v1/runs", """{"pipeline":"none"}""")]
    [InlineData("POST", "api/v1/pipelines/none/pause", null)]
    [InlineData("DELETE", "api/v1/pipelines/none", null)]
    [InlineData("PUT", "api/v1/models/none/aliases/champion", """{"version":1}""")]
    [InlineData("DELETE", "api/v1/tokens/none", null)]
    public async Task What_is_not_there_cannot_be_changed(string method, string path, string? body)
    {
        using HttpRequestMessage request = new(new HttpMethod(method), path);
        if (body is not null)
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        await ProblemAssert.IsAsync(await _client.SendAsync(request), 404, "API-004");
    }

    [Fact]
    public async Task A_pipeline_with_errors_answers_with_all_of_them()
    {
        const string file = """{ "id": "x", "activities": { "a": { "type": "no.such" }, "b": { "type": "control.noop", "dependsOn": ["c"] } } }""";
        HttpResponseMessage response = await _client.PostAsJsonAsync("api/v1/runs", new { file = new { pipeline = file } });
        JsonElement problem = await ProblemAssert.IsAsync(response, 422, "API-012");
        Assert.True(problem.GetProperty("diagnostics").GetArrayLength() >= 2, problem.ToString());
        Assert.All(problem.GetProperty("diagnostics").EnumerateArray(), d => Assert.StartsWith("PIPE-", d.GetProperty("code").GetString()));
    }

    [Fact]
    public async Task Parameters_that_do_not_fit_are_all_named()
    {
        HttpResponseMessage response = await _client.PostAsJsonAsync(
            "api/v1/runs", new { file = new { pipeline = Flows.Chain }, parameters = new { size = 0, sise = 3, data = "x" } });
        JsonElement problem = await ProblemAssert.IsAsync(response, 422, "API-013");
        Assert.Equal(["PLAN-002", "PLAN-004", "PLAN-006"],
            problem.GetProperty("diagnostics").EnumerateArray().Select(d => d.GetProperty("code").GetString()!).Order());
    }
}
