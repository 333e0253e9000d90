using System.Net.Http.Json;
using System.Runtime.Versioning;
using System.Text.Json;
using MLPlatform.IntegrationTests.Server;
using Xunit;

namespace MLPlatform.IntegrationTests.Pipelines;

/// <summary>What the designer saves is a commit.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class GitSaveTests(GitPlatform platform) : IClassFixture<GitPlatform>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Saving_to_the_watched_branch_commits_pushes_and_deploys()
    {
        await platform.SyncAsync();
        string id = Name(), text = GitPlatform.File(id);
        JsonElement saved = await SavedAsync(new { text, layout = """{"nodes":{"only":{"x":1,"y":2}}}""", message = "Draw it" });
        Assert.True(saved.GetProperty("deployed").GetBoolean());
        platform.Clone.Git("pull", "--quiet", "origin", "main");
        Assert.Equal(text, await File.ReadAllTextAsync(Path.Combine(platform.Clone.Folder, "flows", id + ".json"), Cancel));
        Assert.Equal("Draw it|local|local@mlplatform.invalid", platform.Clone.Git("log", "-1", "--format=%s|%an|%ae").Trim());
        JsonElement document = await platform.GetJsonAsync($"api/v1/pipelines/{id}/document");
        Assert.Equal(text, document.GetProperty("text").GetString());
        Assert.Equal("""{"nodes":{"only":{"x":1,"y":2}}}""", document.GetProperty("layout").GetString());
        Assert.Equal(saved.GetProperty("commit").GetString(), document.GetProperty("git").GetProperty("opened").GetString());
    }

    [Fact]
    public async Task Saving_what_was_opened_writes_nothing_and_a_moved_node_changes_no_line_of_the_definition()
    {
        await platform.SyncAsync();
        string id = Name();
        string text = GitPlatform.File(id).Replace("\n", "\r\n", StringComparison.Ordinal) + "   \r\n";
        await SavedAsync(new { text, layout = "{}" });
        JsonElement opened = await platform.GetJsonAsync($"api/v1/pipelines/{id}/document");
        string at = opened.GetProperty("git").GetProperty("opened").GetString()!;
        JsonElement same = await SavedAsync(new { text = opened.GetProperty("text").GetString(), layout = "{}", opened = at });
        Assert.False(same.GetProperty("changed").GetBoolean());
        Assert.Equal(at, same.GetProperty("commit").GetString());

        await SavedAsync(new { text, layout = """{"nodes":{}}""", opened = at });
        platform.Clone.Git("pull", "--quiet", "origin", "main");
        Assert.Equal($"flows/{id}.layout.json", platform.Clone.Git("show", "--name-only", "--format=").Trim());
        Assert.Equal(text, await File.ReadAllTextAsync(Path.Combine(platform.Clone.Folder, "flows", id + ".json"), Cancel));
        Assert.Single((await platform.GetJsonAsync($"api/v1/pipelines/{id}/revisions")).EnumerateArray());
    }

    [Fact]
    public async Task A_branch_deploys_only_when_it_is_merged()
    {
        await platform.SyncAsync();
        string id = Name();
        JsonElement saved = await SavedAsync(new { text = GitPlatform.File(id), branch = "topic/" + id, message = "For review" });
        Assert.False(saved.GetProperty("deployed").GetBoolean());
        await ProblemAssert.IsAsync(await platform.Client.GetAsync($"api/v1/pipelines/{id}", Cancel), 404, "API-004");
        platform.Clone.Git("fetch", "--quiet", "origin");
        platform.Clone.Git("pull", "--quiet", "origin", "main");
        platform.Clone.Git("-c", "user.name=a", "-c", "user.email=a@example.com", "merge", "--quiet", "--no-ff", "-m", "Merge", "origin/topic/" + id);
        platform.Clone.Git("push", "--quiet", "origin", "main");
        await platform.SyncAsync();
        await platform.GetJsonAsync($"api/v1/pipelines/{id}");
        // Work that is not ready may be kept on a branch, never deployed.
        await SavedAsync(new { text = "{", branch = "half-" + id, path = $"flows/{id}-half.json" });
        await ProblemAssert.IsAsync(await platform.SaveAsync(new { text = "{", path = $"flows/{id}-half.json" }), 422, "API-012");
    }

    [Fact]
    public async Task Somebody_elses_change_is_never_overwritten()
    {
        string id = Name();
        platform.Push($"flows/{id}.json", GitPlatform.File(id), "Add");
        await platform.SyncAsync();
        string at = (await platform.GetJsonAsync($"api/v1/pipelines/{id}/document")).GetProperty("git").GetProperty("opened").GetString()!;
        platform.Push("flows/first.json", GitPlatform.File("first", "control.wait"), "Elsewhere");
        await SavedAsync(new { text = GitPlatform.File(id, "control.wait"), opened = at }); // Another file is no conflict.
        platform.Clone.Git("pull", "--quiet", "origin", "main");
        platform.Push($"flows/{id}.json", GitPlatform.File(id, "control.approve"), "Quicker");
        JsonElement problem = await ProblemAssert.IsAsync(await platform.SaveAsync(new { text = GitPlatform.File(id), opened = at }), 409, "GIT-004");
        Assert.Contains(id, problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../x.json", "main")]
    [InlineData("flows/../../x.json", "main")]
    [InlineData("flows/.x.json", "main")]
    [InlineData("other/x.json", "main")]
    [InlineData("flows/x.json", "--upload-pack=x")]
    [InlineData("flows/x.json", "a..b")]
    [InlineData("flows/x.json", "HEAD")]
    public async Task Paths_and_branches_are_hostile(string path, string branch) =>
        await ProblemAssert.IsAsync(await platform.SaveAsync(new { text = GitPlatform.File("x"), path, branch }), 400, "GIT-006");

    private static string Name() => "s" + Guid.NewGuid().ToString("N")[..8];

    private async Task<JsonElement> SavedAsync(object request)
    {
        HttpResponseMessage response = await platform.SaveAsync(request);
        string text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(response.IsSuccessStatusCode, text);
        return JsonElement.Parse(text);
    }
}
