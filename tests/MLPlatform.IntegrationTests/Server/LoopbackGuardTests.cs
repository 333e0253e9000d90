using System.Net.Http.Json;
using Xunit;

namespace MLPlatform.IntegrationTests.Server;

public sealed class LoopbackGuardTests(TestPlatform platform) : IClassFixture<TestPlatform>
{
    [Theory]
    [InlineData("evil.example")]
    [InlineData("evil.example:5080")]
    [InlineData("127.0.0.1.evil.example")]
    [InlineData("192.168.1.1")]
    [InlineData("0.0.0.0")]
    public async Task A_request_for_another_host_is_refused(string host)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, "api/v1/runs") { Headers = { Host = host } };
        await ProblemAssert.IsAsync(await platform.Client.SendAsync(request), 403, "API-007");
    }

    [Theory]
    [InlineData("localhost:5080")]
    [InlineData("127.0.0.1")]
    [InlineData("[::1]:5080")]
    public async Task A_request_for_this_machine_is_taken(string host)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, "api/v1/runs") { Headers = { Host = host } };
        Assert.True((await platform.Client.SendAsync(request)).IsSuccessStatusCode);
    }

    [Theory]
    [InlineData("Origin", "https://evil.example")]
    [InlineData("Origin", "null")]
    [InlineData("Origin", "http://127.0.0.1:1")]
    [InlineData("Sec-Fetch-Site", "cross-site")]
    public async Task A_write_that_another_sites_page_sends_is_refused(string header, string value)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, "api/v1/pipelines/x/pause");
        request.Headers.TryAddWithoutValidation(header, value);
        await ProblemAssert.IsAsync(await platform.Client.SendAsync(request), 403, "API-007");
    }

    [Fact]
    public async Task A_write_from_this_servers_own_page_is_taken()
    {
        using HttpRequestMessage request = new(HttpMethod.Post, "api/v1/runs") { Content = JsonContent.Create(new { file = new { pipeline = Flows.Chain } }) };
        request.Headers.TryAddWithoutValidation("Origin", platform.Client.BaseAddress!.GetLeftPart(UriPartial.Authority));
        Assert.Equal(System.Net.HttpStatusCode.Created, (await platform.Client.SendAsync(request)).StatusCode);
    }
}
