using System.Net;
using System.Runtime.Versioning;
using System.Text.Json;
using MLPlatform.IntegrationTests.Server;
using Xunit;

namespace MLPlatform.IntegrationTests.Pipelines;

/// <summary>The watched branch becomes revisions.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class GitSyncTests(GitPlatform platform) : IClassFixture<GitPlatform>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_commit_that_changes_a_file_is_a_revision_with_its_commit_author_and_message()
    {
        await platform.SyncAsync();
        string id = Name();
        string first = platform.Push($"flows/{id}.json", GitPlatform.File(id), "Count every day\n\nBecause.");
        string second = platform.Push($"flows/{id}.json", GitPlatform.File(id, "control.wait"), "Wait instead");
        platform.Push("README.md", Guid.NewGuid().ToString(), "Words");
        await platform.SyncAsync();
        JsonElement[] revisions = [.. (await platform.GetJsonAsync($"api/v1/pipelines/{id}/revisions")).EnumerateArray()];
        Assert.Equal([second, first], revisions.Select(r => r.GetProperty("commit").GetProperty("id").GetString()));
        Assert.Equal(["Wait instead", "Count every day"], revisions.Select(r => r.GetProperty("commit").GetProperty("message").GetString()));
        Assert.All(revisions, r => Assert.Equal("Ada Colleague", r.GetProperty("appliedBy").GetString()));
        JsonElement diff = await platform.GetJsonAsync($"api/v1/pipelines/{id}/diff?from=1&to=2");
        Assert.Contains("+    \"only\": { \"type\": \"control.wait\" }", diff.GetProperty("lines").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_does_not_compile_keeps_the_last_good_revision_and_raises_an_alarm_that_ends_when_it_is_mended()
    {
        string id = Name(), path = $"flows/{id}.json";
        platform.Push(path, GitPlatform.File(id), "Good");
        platform.Push(path, GitPlatform.File(id, "control.nop"), "Break it");
        JsonElement broken = await platform.FileAsync(path);
        Assert.Equal("broken", broken.GetProperty("state").GetString());
        Assert.Equal("PIPE-013", broken.GetProperty("problems")[0].GetProperty("code").GetString());
        Assert.Equal(4, broken.GetProperty("problems")[0].GetProperty("line").GetInt32());
        Assert.Equal(1, (await platform.GetJsonAsync($"api/v1/pipelines/{id}")).GetProperty("pipeline").GetProperty("revision").GetInt32());
        JsonElement alarm = Assert.Single(await AlarmsAsync(path));
        Assert.Equal("firing", alarm.GetProperty("state").GetString());
        Assert.Contains($"GIT-010 {path}:4", alarm.GetProperty("summary").GetString(), StringComparison.Ordinal);
        // The designer opens what is to be mended, not what runs.
        JsonElement document = await platform.GetJsonAsync($"api/v1/pipelines/{id}/document");
        Assert.Contains("control.nop\"", document.GetProperty("text").GetString(), StringComparison.Ordinal);

        platform.Push(path, GitPlatform.File(id, "control.wait"), "Mend it");
        Assert.Equal("registered", (await platform.FileAsync(path)).GetProperty("state").GetString());
        Assert.Equal(2, (await platform.GetJsonAsync($"api/v1/pipelines/{id}")).GetProperty("pipeline").GetProperty("revision").GetInt32());
        Assert.Equal("resolved", Assert.Single(await AlarmsAsync(path)).GetProperty("state").GetString());
    }

    [Fact]
    public async Task A_deleted_file_takes_its_pipeline_out_and_says_who_did_it_and_a_renamed_one_does_not()
    {
        string id = Name();
        platform.Push($"flows/{id}.json", GitPlatform.File(id), "Add");
        await platform.SyncAsync();
        platform.Clone.Git("mv", $"flows/{id}.json", $"flows/{id}-moved.json");
        platform.Push("README.md", Guid.NewGuid().ToString(), "Rename");
        Assert.Equal("registered", (await platform.FileAsync($"flows/{id}-moved.json")).GetProperty("state").GetString());
        await platform.GetJsonAsync($"api/v1/pipelines/{id}");

        platform.Push($"flows/{id}-moved.json", null, "Nobody needs it");
        JsonElement removed = await platform.FileAsync($"flows/{id}-moved.json");
        Assert.Equal("removed", removed.GetProperty("state").GetString());
        Assert.Equal("Nobody needs it", removed.GetProperty("commit").GetProperty("message").GetString());
        await ProblemAssert.IsAsync(await platform.Client.GetAsync($"api/v1/pipelines/{id}", Cancel), 404, "API-004");
    }

    [Fact]
    public async Task A_second_file_with_the_same_id_is_refused_and_one_that_is_no_pipeline_is_passed_over()
    {
        string id = Name();
        platform.Push($"flows/{id}.json", GitPlatform.File(id), "One");
        platform.Push($"flows/{id}-twin.json", GitPlatform.File(id, "control.wait"), "Two");
        platform.Push("flows/x.schema.json", "{}", "Schema");
        platform.Push("flows/deep/y.json", "{", "Below");
        JsonElement twin = await platform.FileAsync($"flows/{id}-twin.json");
        Assert.Equal("GIT-009", twin.GetProperty("problems")[0].GetProperty("code").GetString());
        JsonElement status = await platform.SyncAsync();
        Assert.DoesNotContain(status.GetProperty("files").EnumerateArray(), f => f.GetProperty("path").GetString() is "flows/x.schema.json" or "flows/deep/y.json");
    }

    [Fact]
    public async Task A_merge_is_one_revision_and_history_that_was_rewritten_is_taken_as_it_is()
    {
        string id = Name();
        platform.Push($"flows/{id}.json", GitPlatform.File(id), "Base");
        await platform.SyncAsync();
        platform.Clone.Git("checkout", "--quiet", "-b", "topic-" + id);
        platform.Clone.Commit($"flows/{id}.json", GitPlatform.File(id, "control.wait"));
        platform.Clone.Commit($"flows/{id}.json", GitPlatform.File(id, "control.approve"));
        platform.Clone.Git("checkout", "--quiet", "main");
        platform.Clone.Git("-c", "user.name=Ada Colleague", "-c", "user.email=a@example.com", "merge", "--quiet", "--no-ff", "-m", "Merge the topic", "topic-" + id);
        platform.Clone.Git("push", "--quiet", "origin", "main");
        await platform.SyncAsync();
        JsonElement[] revisions = [.. (await platform.GetJsonAsync($"api/v1/pipelines/{id}/revisions")).EnumerateArray()];
        Assert.Equal(["Merge the topic", "Base"], revisions.Select(r => r.GetProperty("commit").GetProperty("message").GetString()));

        platform.Clone.Git("reset", "--quiet", "--hard", "HEAD~1");
        platform.Clone.Git("push", "--quiet", "--force", "origin", "main");
        await platform.SyncAsync();
        Assert.Contains("control.noop", (await platform.GetJsonAsync($"api/v1/pipelines/{id}/document")).GetProperty("text").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_git_holds_changes_by_commits_alone()
    {
        await platform.SyncAsync();
        HttpResponseMessage applied = await platform.Client.PostAsync("api/v1/pipelines",
            new StringContent(JsonSerializer.Serialize(new { pipeline = GitPlatform.File("first", "control.wait") }), System.Text.Encoding.UTF8, "application/json"), Cancel);
        await ProblemAssert.IsAsync(applied, 409, "GIT-013");
        await ProblemAssert.IsAsync(await platform.Client.DeleteAsync("api/v1/pipelines/first", Cancel), 409, "GIT-013");
        Assert.Equal(HttpStatusCode.OK, (await platform.Client.PostAsync("api/v1/pipelines/first/pause", null, Cancel)).StatusCode);
    }

    private static string Name() => "p" + Guid.NewGuid().ToString("N")[..8];

    private async Task<List<JsonElement>> AlarmsAsync(string path) =>
        [.. (await platform.GetJsonAsync("api/v1/alarms?limit=100")).GetProperty("items").EnumerateArray().Where(a => a.TryGetProperty("subject", out JsonElement s) && s.GetString() == path)];
}
