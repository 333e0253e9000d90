using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Xunit;

namespace MLPlatform.IntegrationTests.Server;

public sealed class IdempotencyTests(TestPlatform platform) : IClassFixture<TestPlatform>
{
    [Fact]
    public async Task The_same_key_starts_one_run_and_gets_the_same_answer()
    {
        HttpResponseMessage first = await StartAsync("once", Flows.Chain);
        HttpResponseMessage second = await StartAsync("once", Flows.Chain);
        Assert.Equal(HttpStatusCode.Created, first.StatusCode);
        Assert.Equal(HttpStatusCode.Created, second.StatusCode);
        Assert.Equal(await first.Content.ReadAsStringAsync(), await second.Content.ReadAsStringAsync());
        Assert.Equal(first.Headers.Location, second.Headers.Location);
        Assert.True(second.Headers.Contains("Idempotency-Replayed"));
    }

    [Fact]
    public async Task Many_at_once_start_one_run()
    {
        HttpResponseMessage[] all = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => StartAsync("crowd", Flows.Chain)));
        HashSet<Guid> runs = [];
        foreach (HttpResponseMessage response in all)
        {
            Assert.Equal(HttpStatusCode.Created, response.StatusCode);
            runs.Add((await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetGuid());
        }
        Assert.Single(runs);
    }

    [Fact]
    public async Task The_same_key_with_another_body_is_refused()
    {
        await StartAsync("reused", Flows.Chain);
        await ProblemAssert.IsAsync(await StartAsync("reused", Flows.Long), 422, "API-010");
    }

    [Fact]
    public async Task An_error_of_the_caller_is_an_answer_too()
    {
        await ProblemAssert.IsAsync(await StartAsync("wrong", "{}"), 422, "API-012");
        HttpResponseMessage again = await StartAsync("wrong", "{}");
        await ProblemAssert.IsAsync(again, 422, "API-012");
        Assert.True(again.Headers.Contains("Idempotency-Replayed"));
    }

    [Fact]
    public async Task A_key_that_is_too_long_is_refused() =>
        await ProblemAssert.IsAsync(await StartAsync(new string('k', 201), Flows.Chain), 400, "API-003");

    private Task<HttpResponseMessage> StartAsync(string key, string pipeline)
    {
        HttpRequestMessage request = new(HttpMethod.Post, "api/v1/runs") { Content = JsonContent.Create(new { file = new { pipeline } }) };
        request.Headers.Add("Idempotency-Key", key);
        return platform.Client.SendAsync(request);
    }
}
