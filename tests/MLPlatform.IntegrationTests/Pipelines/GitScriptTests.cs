using System.Net.Http.Json;
using System.Runtime.Versioning;
using System.Text.Json;
using MLPlatform.IntegrationTests.Server;
using Xunit;

namespace MLPlatform.IntegrationTests.Pipelines;

/// <summary>Versions of code folders, committed to the repository of the pipelines.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class GitScriptTests(GitPlatform platform) : IClassFixture<GitPlatform>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_version_becomes_the_folder_of_its_name_on_the_watched_branch()
    {
        string name = Name();
        await SaveAsync(name, new { files = new[] { File("train.py", "one\r\n"), File("lib/util.py", "x = 1\n") }, note = "Begin to learn" });
        JsonElement before = await platform.GetJsonAsync($"api/v1/code/{name}/versions/1/git");
        Assert.Equal((true, $"scripts/{name}", "main"), (before.GetProperty("configured").GetBoolean(), before.GetProperty("folder").GetString(), before.GetProperty("branch").GetString()));
        Assert.Equal("added lib/util.py, added train.py", Changes(before));
        JsonElement made = await CommittedAsync(name, 1, new { opened = before.GetProperty("opened").GetString() });
        Assert.True(made.GetProperty("changed").GetBoolean());
        platform.Clone.Git("pull", "--quiet", "origin", "main");
        Assert.Equal("one\r\n", await System.IO.File.ReadAllTextAsync(Path.Combine(platform.Clone.Folder, "scripts", name, "train.py"), Cancel));
        Assert.Equal("Begin to learn|local", platform.Clone.Git("log", "-1", "--format=%s|%an").Trim());

        // Now it is so, and committing it again commits nothing.
        JsonElement after = await platform.GetJsonAsync($"api/v1/code/{name}/versions/1/git");
        Assert.Equal(("", "Begin to learn"), (Changes(after), after.GetProperty("commit").GetProperty("message").GetString()));
        Assert.False((await CommittedAsync(name, 1, new { opened = after.GetProperty("opened").GetString() })).GetProperty("changed").GetBoolean());
    }

    [Fact]
    public async Task What_the_version_lacks_goes_what_may_be_run_stays_so_and_the_rest_of_the_repository_is_left_alone()
    {
        string name = Name();
        platform.Clone.Git("pull", "--quiet", "origin", "main");
        platform.Push($"scripts/{name}/run.sh", "echo old\n", "Add it");
        System.IO.File.SetUnixFileMode(Path.Combine(platform.Clone.Folder, "scripts", name, "run.sh"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        platform.Push($"scripts/{name}/gone.txt", "gone\n", "Add another");
        platform.Push($"scripts/{name}x/stays.txt", "stays\n", "Add a neighbour");
        await SaveAsync(name, new { files = new[] { File("run.sh", "echo new\n") } });
        JsonElement seen = await platform.GetJsonAsync($"api/v1/code/{name}/versions/latest/git");
        Assert.Equal("removed gone.txt, changed run.sh", Changes(seen));
        await CommittedAsync(name, 1, new { message = "Say it anew", opened = seen.GetProperty("opened").GetString() });
        platform.Clone.Git("fetch", "--quiet", "origin");
        Assert.Equal($"M\tscripts/{name}/run.sh", platform.Clone.Git("diff", "--name-status", "origin/main^", "origin/main", "--", $"scripts/{name}/run.sh").Trim());
        Assert.Equal($"D\tscripts/{name}/gone.txt\nM\tscripts/{name}/run.sh", platform.Clone.Git("diff", "--name-status", "origin/main^", "origin/main").Trim());
        Assert.StartsWith("100755 ", platform.Clone.Git("ls-tree", "origin/main", "--", $"scripts/{name}/run.sh"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_branch_is_for_review_and_what_a_colleague_changed_meanwhile_is_not_written_over()
    {
        string name = Name();
        platform.Clone.Git("pull", "--quiet", "origin", "main");
        platform.Push($"scripts/{name}/train.py", "old\n", "Add it");
        await SaveAsync(name, new { files = new[] { File("train.py", "mine\n") } });
        string opened = (await platform.GetJsonAsync($"api/v1/code/{name}/versions/1/git")).GetProperty("opened").GetString()!;
        string colleague = platform.Push($"scripts/{name}/train.py", "theirs\n", "Change it");
        JsonElement refused = await ProblemAssert.IsAsync(await PostAsync(name, 1, new { opened }), 409, "GIT-004");
        Assert.Contains($"scripts/{name}/train.py", refused.GetProperty("detail").GetString(), StringComparison.Ordinal);
        await ProblemAssert.IsAsync(await PostAsync(name, 1, new { }), 409, "GIT-004");

        string branch = "topic/" + name;
        JsonElement on = await platform.GetJsonAsync($"api/v1/code/{name}/versions/1/git?branch={branch}");
        await CommittedAsync(name, 1, new { branch, opened = on.GetProperty("opened").GetString() });
        await SaveAsync(name, new { files = new[] { File("train.py", "mine, again\n") } });
        on = await platform.GetJsonAsync($"api/v1/code/{name}/versions/2/git?branch={branch}");
        Assert.Contains(branch, on.GetProperty("branches").EnumerateArray().Select(b => b.GetString()));
        await CommittedAsync(name, 2, new { branch, opened = on.GetProperty("opened").GetString() });
        platform.Clone.Git("fetch", "--quiet", "origin");
        Assert.Equal("mine, again\n", platform.Clone.Git("show", $"origin/{branch}:scripts/{name}/train.py"));
        Assert.Equal(colleague.Trim(), platform.Clone.Git("rev-parse", "origin/main").Trim());
        await ProblemAssert.IsAsync(await PostAsync(name, 1, new { branch = "a..b" }), 400, "GIT-006");
        await ProblemAssert.IsAsync(await PostAsync(name, 9, new { }), 404, "API-004");
    }

    [Fact]
    public async Task What_colleagues_committed_becomes_the_next_version_and_what_was_committed_from_here_is_no_new_one()
    {
        string name = Name();
        await SaveAsync(name, new { files = new[] { File("train.py", "mine\n"), File("old.py", "old\n") } });
        await CommittedAsync(name, 1, new { opened = (await platform.GetJsonAsync($"api/v1/code/{name}/versions/1/git")).GetProperty("opened").GetString() });
        Assert.Equal((false, 1), Taken(await TakenAsync(name, new { })));

        platform.Clone.Git("pull", "--quiet", "origin", "main");
        platform.Push($"scripts/{name}/old.py", null, "Drop what is old");
        string theirs = platform.Push($"scripts/{name}/lib/util.py", "x = 1\r\n\0", "Add what it needs");
        platform.Push("README.md", name, "Say nothing of it");
        JsonElement taken = await TakenAsync(name, new { based = 1 });
        Assert.Equal(((true, 2), theirs, "main"), (Taken(taken), taken.GetProperty("commit").GetString(), taken.GetProperty("branch").GetString()));
        JsonElement files = await platform.GetJsonAsync($"api/v1/code/{name}/versions/2");
        Assert.Equal(["lib/util.py", "train.py"], files.GetProperty("files").EnumerateArray().Select(f => f.GetProperty("path").GetString()));
        Assert.Equal($"{theirs[..8]} by Ada Colleague: Add what it needs", files.GetProperty("version").GetProperty("note").GetString());
        Assert.Equal("", Changes(await platform.GetJsonAsync($"api/v1/code/{name}/versions/2/git")));
        Assert.Equal((false, 2), Taken(await TakenAsync(name, new { })));

        // Somebody made a version meanwhile: nothing of it is passed over.
        await SaveAsync(name, new { files = new[] { File("train.py", "mine, again\n") } });
        await ProblemAssert.IsAsync(await TakeAsync(name, new { based = 2 }), 409, "JOB-012");
        Assert.Equal((true, 4), Taken(await TakenAsync(name, new { based = 3 })));
    }

    [Fact]
    public async Task A_folder_that_is_only_in_git_is_taken_from_a_branch_and_what_is_no_folder_there_is_refused()
    {
        string name = Name(), branch = "topic/" + name;
        platform.Clone.Git("pull", "--quiet", "origin", "main");
        platform.Clone.Git("checkout", "--quiet", "-b", branch);
        platform.Push($"scripts/{name}/train.py", "new\n", "Begin");
        platform.Clone.Git("push", "--quiet", "origin", branch);
        platform.Clone.Git("checkout", "--quiet", "main");
        await ProblemAssert.IsAsync(await TakeAsync(name, new { }), 404, "API-004");
        await ProblemAssert.IsAsync(await TakeAsync(name, new { branch = "not/there" }), 404, "API-004");
        await ProblemAssert.IsAsync(await TakeAsync(name, new { branch = "a..b" }), 400, "GIT-006");
        await ProblemAssert.IsAsync(await TakeAsync("No name", new { branch }), 400, "API-003");
        Assert.Equal((true, 1), Taken(await TakenAsync(name, new { branch, based = 0 })));
    }

    private static string Name() => "s" + Guid.NewGuid().ToString("N")[..10];

    private static object File(string path, string text) => new { path, text };

    private static string Changes(JsonElement git) => string.Join(", ", git.GetProperty("changes").EnumerateArray().Select(c => $"{c.GetProperty("change").GetString()} {c.GetProperty("path").GetString()}"));

    private async Task SaveAsync(string name, object change)
    {
        HttpResponseMessage saved = await platform.Client.PostAsJsonAsync($"api/v1/code/{name}/versions", change, Cancel);
        Assert.True(saved.IsSuccessStatusCode, await saved.Content.ReadAsStringAsync(Cancel));
    }

    private Task<HttpResponseMessage> PostAsync(string name, int version, object commit) => platform.Client.PostAsJsonAsync($"api/v1/code/{name}/versions/{version}/commit", commit, Cancel);

    private static (bool Changed, int Version) Taken(JsonElement taken) => (taken.GetProperty("changed").GetBoolean(), taken.GetProperty("version").GetInt32());

    private Task<HttpResponseMessage> TakeAsync(string name, object take) => platform.Client.PostAsJsonAsync($"api/v1/code/{Uri.EscapeDataString(name)}/take", take, Cancel);

    private async Task<JsonElement> TakenAsync(string name, object take)
    {
        HttpResponseMessage taken = await TakeAsync(name, take);
        Assert.True(taken.IsSuccessStatusCode, await taken.Content.ReadAsStringAsync(Cancel));
        return await taken.Content.ReadFromJsonAsync<JsonElement>(Cancel);
    }

    private async Task<JsonElement> CommittedAsync(string name, int version, object commit)
    {
        HttpResponseMessage made = await PostAsync(name, version, commit);
        Assert.True(made.IsSuccessStatusCode, await made.Content.ReadAsStringAsync(Cancel));
        return await made.Content.ReadFromJsonAsync<JsonElement>(Cancel);
    }
}
