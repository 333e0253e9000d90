using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using MLPlatform.IntegrationTests.Server;
using Xunit;

namespace MLPlatform.IntegrationTests.Pipelines;

/// <summary>A platform that follows by itself, from a plain web server, and seldom without being called.</summary>
public sealed class CalledPlatform : GitPlatform
{
    private readonly WebApplication _web;

    public CalledPlatform()
    {
        _web = WebApplication.CreateSlimBuilder().Build();
        _web.Urls.Add("http://127.0.0.1:0");
        _web.MapGet("/{**path}", (string path) => System.IO.File.Exists(Path.Combine(Origin, path)) ? Results.File(Path.Combine(Origin, path)) : Results.NotFound());
        _web.StartAsync(TestContext.Current.CancellationToken).GetAwaiter().GetResult();
        Publish();
    }

    protected override bool IsEmbedded => false;

    protected override string Address => _web.Urls.First();

    protected override Dictionary<string, string?> Overrides => new(base.Overrides) { ["Pipelines:Git:Poll"] = "1.00:00:00" };

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await _web.DisposeAsync();
    }

    public void Publish() => Clone.Git("--git-dir=" + Origin, "update-server-info");
}

/// <summary>Git hosts call.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class GitHookTests(CalledPlatform platform) : IClassFixture<CalledPlatform>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("github")]
    [InlineData("gitea")]
    [InlineData("gitlab")]
    public async Task A_proven_call_about_the_watched_branch_brings_the_commit_in(string host)
    {
        string id = host + Guid.NewGuid().ToString("N")[..8];
        platform.Push($"flows/{id}.json", GitPlatform.File(id), "Over HTTP");
        platform.Publish();
        Assert.Equal(202, (int)(await CallAsync(host, """{"ref":"refs/heads/main"}""", GitPlatform.Secret)).StatusCode);
        using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        deadline.CancelAfter(Eventually.Patience);
        while ((await platform.Client.GetAsync($"api/v1/pipelines/{id}", deadline.Token)).StatusCode != System.Net.HttpStatusCode.OK)
            await Task.Delay(20, deadline.Token);
    }

    [Theory]
    [InlineData("github")]
    [InlineData("gitea")]
    [InlineData("gitlab")]
    [InlineData("nobody")]
    public async Task A_call_with_a_wrong_secret_is_refused(string host) =>
        await ProblemAssert.IsAsync(await CallAsync(host, """{"ref":"refs/heads/main"}""", "wrong"), 401, "GIT-007");

    [Theory]
    [InlineData("""{"ref":"refs/heads/topic"}""")]
    [InlineData("""{"ref":"refs/tags/main"}""")]
    [InlineData("""{"zen":"Keep it logically awesome.","hook_id":1}""")]
    public async Task Other_branches_and_pings_are_answered_and_nothing_is_done(string body)
    {
        using HttpResponseMessage response = await CallAsync("github", body, GitPlatform.Secret);
        Assert.Equal(200, (int)response.StatusCode);
        Assert.False(JsonElement.Parse(await response.Content.ReadAsStringAsync(Cancel)).GetProperty("sync").GetBoolean());
    }

    private async Task<HttpResponseMessage> CallAsync(string host, string body, string secret)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, "api/v1/hooks/git") { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        string signature = Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(body)));
        (string name, string value) = host switch
        {
            "github" => ("X-Hub-Signature-256", "sha256=" + signature),
            "gitea" => ("X-Gitea-Signature", signature),
            "gitlab" => ("X-Gitlab-Token", secret),
            _ => ("X-Nothing", "x"),
        };
        request.Headers.Add(name, value);
        return await platform.Client.SendAsync(request, Cancel);
    }
}
