using System.Net.Http.Json;
using System.Runtime.Versioning;
using System.Text.Json;
using MLPlatform.IntegrationTests.Server;
using Xunit;

namespace MLPlatform.IntegrationTests.Pipelines;

/// <summary>A platform whose repository is behind HTTP, with a token that the git of the server's user has.</summary>
public sealed class HttpGitPlatform : GitPlatform
{
    private readonly string _user = Directory.CreateTempSubdirectory("mlp-git-user-").FullName;
    private readonly GitHttpHost _host;

    [UnsupportedOSPlatform("windows")]
    public HttpGitPlatform()
    {
        _host = new GitHttpHost(Path.GetDirectoryName(Origin)!) { Token = "good" };
        Clone.Git("--git-dir=" + Origin, "config", "http.receivepack", "true");
        // A user whose git asks a credential helper, as people set it up: the platform's settings hold no token.
        System.IO.File.WriteAllText(Path.Combine(_user, ".gitconfig"), $"[credential]\n\thelper = \"!f() {{ echo username=mlp; echo password=$(cat {_user}/token); }}; f\"\n");
        System.IO.File.WriteAllText(Program, $"#!/bin/sh\nHOME={_user} exec git \"$@\"\n");
        System.IO.File.SetUnixFileMode(Program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        HasToken("good");
    }

    internal GitHttpHost Host => _host;

    private string Program => Path.Combine(_user, "git");

    protected override string Address => _host.Address + "/origin.git";

    protected override Dictionary<string, string?> Overrides => new(base.Overrides) { ["Code:Git"] = Program, ["Pipelines:Git:Poll"] = "1.00:00:00" };

    /// <summary>What the server's user proves itself with from now on.</summary>
    public void HasToken(string token) => System.IO.File.WriteAllText(Path.Combine(_user, "token"), token);

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await _host.DisposeAsync();
        Directory.Delete(_user, recursive: true);
    }
}

/// <summary>The repository behind a real git host.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class GitHttpTests(HttpGitPlatform platform) : IClassFixture<HttpGitPlatform>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_commit_comes_in_and_a_save_goes_out()
    {
        string id = Name();
        platform.Push($"flows/{id}.json", GitPlatform.File(id), "Over HTTP");
        Assert.Equal("registered", (await platform.FileAsync($"flows/{id}.json")).GetProperty("state").GetString());
        Assert.Contains("POST /origin.git/git-upload-pack", platform.Host.Asked); // the smart protocol, not files

        using HttpResponseMessage saved = await platform.SaveAsync(new { text = GitPlatform.File(id + "-more", "control.wait"), path = $"flows/{id}-more.json", branch = "topic-" + id, message = "Wait" });
        Assert.True(saved.IsSuccessStatusCode, await saved.Content.ReadAsStringAsync(Cancel));
        Assert.Contains("POST /origin.git/git-receive-pack", platform.Host.Asked);
        Assert.Contains("control.wait", platform.Clone.Git("--git-dir=" + platform.Origin, "show", $"topic-{id}:flows/{id}-more.json"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_that_is_refused_changes_nothing_is_told_and_is_over_once_it_is_right()
    {
        string id = Name();
        await platform.SyncAsync();
        platform.HasToken("stolen");
        try
        {
            platform.Push($"flows/{id}.json", GitPlatform.File(id), "Behind the door");
            JsonElement problem = await ProblemAsync(await platform.Client.PostAsync("api/v1/git/sync", null, Cancel));
            Assert.Contains("Authentication failed", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
            Assert.DoesNotContain("stolen", problem.ToString(), StringComparison.Ordinal);
            await ProblemAsync(await platform.SaveAsync(new { text = GitPlatform.File("first", "control.wait"), path = "flows/first.json", branch = "main", message = "No" }));
            JsonElement status = await platform.GetJsonAsync("api/v1/git");
            Assert.Contains("Authentication failed", status.ToString(), StringComparison.Ordinal);
            Assert.Equal(1, (await platform.GetJsonAsync("api/v1/pipelines/first")).GetProperty("pipeline").GetProperty("revision").GetInt32());
        }
        finally
        {
            platform.HasToken("good");
        }
        Assert.Equal("registered", (await platform.FileAsync($"flows/{id}.json")).GetProperty("state").GetString());
        Assert.DoesNotContain("Authentication failed", (await platform.GetJsonAsync("api/v1/git")).ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/info/refs")]
    [InlineData("/git-upload-pack")]
    public async Task A_host_that_hangs_up_changes_nothing_and_the_next_sync_takes_it_all(string end)
    {
        string id = Name();
        await platform.SyncAsync();
        platform.Push($"flows/{id}.json", GitPlatform.File(id), "Half of it");
        platform.Host.HangsUpAt = end;
        try
        {
            await ProblemAsync(await platform.Client.PostAsync("api/v1/git/sync", null, Cancel));
            await ProblemAssert.IsAsync(await platform.Client.GetAsync($"api/v1/pipelines/{id}", Cancel), 404, "API-004");
        }
        finally
        {
            platform.Host.HangsUpAt = null;
        }
        Assert.Equal("registered", (await platform.FileAsync($"flows/{id}.json")).GetProperty("state").GetString());
    }

    [Fact]
    public async Task A_push_that_is_cut_off_is_told_and_can_be_done_again()
    {
        string id = Name();
        await platform.SyncAsync();
        object request = new { text = GitPlatform.File(id), path = $"flows/{id}.json", branch = "cut-" + id, message = "Cut" };
        platform.Host.HangsUpAt = "/git-receive-pack";
        try
        {
            await ProblemAssert.IsAsync(await platform.SaveAsync(request), 502, "GIT-014");
        }
        finally
        {
            platform.Host.HangsUpAt = null;
        }
        Assert.True((await platform.SaveAsync(request)).IsSuccessStatusCode);
        Assert.Contains(id, platform.Clone.Git("--git-dir=" + platform.Origin, "show", $"cut-{id}:flows/{id}.json"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_commit_of_a_script_that_is_cut_off_is_told_and_can_be_done_again()
    {
        string name = Name();
        Assert.True((await platform.Client.PostAsJsonAsync($"api/v1/code/{name}/versions", new { files = new[] { new { path = "train.py", text = "one\n" } } }, Cancel)).IsSuccessStatusCode);
        Task<HttpResponseMessage> CommitAsync() => platform.Client.PostAsJsonAsync($"api/v1/code/{name}/versions/1/commit", new { branch = "cut-" + name }, Cancel);
        platform.Host.HangsUpAt = "/git-receive-pack";
        try
        {
            await ProblemAssert.IsAsync(await CommitAsync(), 502, "GIT-014");
        }
        finally
        {
            platform.Host.HangsUpAt = null;
        }
        Assert.True((await CommitAsync()).IsSuccessStatusCode);
        Assert.Equal("one\n", platform.Clone.Git("--git-dir=" + platform.Origin, "show", $"cut-{name}:scripts/{name}/train.py"));
    }

    [Fact]
    public async Task A_push_whose_answer_is_lost_is_no_conflict_when_it_is_done_again()
    {
        string id = Name();
        await platform.SyncAsync();
        object request = new { text = GitPlatform.File(id), path = $"flows/{id}.json", branch = "lost-" + id, message = "Arrived" };
        platform.Host.LosesAnswerOf = "/git-receive-pack";
        try
        {
            await ProblemAssert.IsAsync(await platform.SaveAsync(request), 502, "GIT-014");
        }
        finally
        {
            platform.Host.LosesAnswerOf = null;
        }
        string commits = platform.Clone.Git("--git-dir=" + platform.Origin, "rev-list", "--count", "lost-" + id);
        using HttpResponseMessage again = await platform.SaveAsync(request);
        Assert.True(again.IsSuccessStatusCode, await again.Content.ReadAsStringAsync(Cancel));
        Assert.Equal(commits, platform.Clone.Git("--git-dir=" + platform.Origin, "rev-list", "--count", "lost-" + id));
    }

    [Fact]
    public async Task A_hook_that_refuses_is_told_as_a_refusal()
    {
        string id = Name(), hook = Path.Combine(platform.Origin, "hooks", "update");
        await platform.SyncAsync();
        await File.WriteAllTextAsync(hook, "#!/bin/sh\necho closed on Fridays >&2; exit 1\n", Cancel);
        File.SetUnixFileMode(hook, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        try
        {
            await ProblemAssert.IsAsync(
                await platform.SaveAsync(new { text = GitPlatform.File(id), path = $"flows/{id}.json", branch = "shut-" + id, message = "No" }), 409, "GIT-005");
        }
        finally
        {
            File.Delete(hook);
        }
    }

    private static async Task<JsonElement> ProblemAsync(HttpResponseMessage response)
    {
        using HttpResponseMessage _ = response;
        string text = await response.Content.ReadAsStringAsync(Cancel);
        Assert.True((int)response.StatusCode == 502, text);
        return JsonElement.Parse(text);
    }

    private static string Name() => "web-" + Guid.NewGuid().ToString("N")[..8];
}
