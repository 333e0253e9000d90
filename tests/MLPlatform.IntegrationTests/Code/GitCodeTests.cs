using System.Runtime.Versioning;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace MLPlatform.IntegrationTests.Code;

/// <summary>Scripts whose code is fetched from git.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class GitCodeTests(CodePlatform platform) : IClassFixture<CodePlatform>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_branch_runs_as_it_is_now_and_its_commit_is_written_down_and_part_of_the_cache_key()
    {
        GitRepository repository = platform.Repository("run.sh", CodePlatform.Says("one"));
        object source = new { git = repository.Folder, @ref = "main" };
        JsonElement first = await platform.TrainAsync(source);
        Assert.Equal("one", Said(first));
        string commit = repository.Git("rev-parse", "HEAD").Trim();
        Assert.Equal(commit, Tree(first).GetProperty("commit").GetString());
        Assert.Equal("cached", Activity(await platform.TrainAsync(source)).GetProperty("state").GetString());
        repository.Commit("run.sh", CodePlatform.Says("two"));
        Assert.Equal("two", Said(await platform.TrainAsync(source)));
        Assert.Equal("one", Said(await platform.TrainAsync(new { git = repository.Folder, @ref = commit })));
    }

    [Fact]
    public async Task A_commit_that_was_fetched_once_runs_without_its_repository()
    {
        GitRepository repository = platform.Repository("run.sh", CodePlatform.Says("kept"));
        object source = new { git = repository.Folder, @ref = repository.Git("rev-parse", "HEAD").Trim() };
        await platform.TrainAsync(source);
        Directory.Delete(repository.Folder, recursive: true);
        Assert.Equal("kept", Said(await platform.TrainAsync(source)));
    }

    // It answers with what lies on its disk, as any web server would.
    [Fact]
    public async Task A_repository_on_a_plain_web_server_is_fetched_with_its_history()
    {
        GitRepository repository = platform.Repository("run.sh", "exit 1");
        repository.Commit("run.sh", CodePlatform.Says("files"));
        repository.Git("update-server-info");
        await using WebApplication web = WebApplication.CreateSlimBuilder().Build();
        web.Urls.Add("http://127.0.0.1:0");
        string git = Path.Combine(repository.Folder, ".git");
        web.MapGet("/{**path}", (string path) => File.Exists(Path.Combine(git, path)) ? Results.File(Path.Combine(git, path)) : Results.NotFound());
        await web.StartAsync(Cancel);
        Assert.Equal("files", Said(await platform.TrainAsync(new { git = web.Urls.First(), @ref = "main" })));
    }

    [Fact]
    public async Task Tags_and_folders_inside_are_found_and_programs_may_be_started()
    {
        GitRepository repository = platform.Repository("jobs/run.sh", "#!/bin/sh\n./helper\n");
        repository.Commit("jobs/helper", "#!/bin/sh\npwd\n" + CodePlatform.Says("helped"));
        repository.Git("tag", "v1");
        repository.Commit("jobs/helper", "exit 1");
        Assert.Equal("helped", Said(await platform.TrainAsync(new { git = repository.Folder, @ref = "v1", path = "jobs" })));
    }

    [Fact]
    public async Task Hooks_filters_links_and_submodules_of_a_repository_do_nothing()
    {
        string trap = Path.Combine(platform.Repositories, "trapped-" + Guid.NewGuid().ToString("N"));
        GitRepository repository = platform.Repository("run.sh", """ls -l; if [ -L link ]; then exit 1; fi; [ ! -e sub/run.sh ] || exit 2;""" + "\n" + CodePlatform.Says("safe"));
        repository.Commit(".gitattributes", "* filter=trap\n");
        repository.Git("config", "filter.trap.smudge", $"touch {trap}");
        foreach (string hook in (string[])["post-checkout", "reference-transaction", "post-merge", "pre-receive"])
        {
            string path = Path.Combine(repository.Folder, ".git", "hooks", hook);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await File.WriteAllTextAsync(path, $"#!/bin/sh\ntouch {trap}\n", Cancel);
            File.SetUnixFileMode(path, (UnixFileMode)0b111_101_101);
        }
        File.CreateSymbolicLink(Path.Combine(repository.Folder, "link"), "/etc/passwd");
        GitRepository other = platform.Repository("run.sh", "exit 3");
        repository.Git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", other.Folder, "sub");
        repository.Commit("more", "x");
        File.Delete(trap); // Committing here may well have run them.
        Assert.Equal("safe", Said(await platform.TrainAsync(new { git = repository.Folder })));
        Assert.False(File.Exists(trap));
    }

    [Theory]
    [InlineData("ext::sh -c 'touch /tmp/x'", null, "JOB-002")]
    [InlineData("/etc", null, "JOB-002")]
    [InlineData("https://127.0.0.1:1/x", "--upload-pack=x", "JOB-002")]
    [InlineData("https://127.0.0.1:1/x", "main", "JOB-010")]
    public async Task What_cannot_be_fetched_fails_the_activity_in_words(string git, string? reference, string code)
    {
        JsonElement failure = Activity(await platform.TrainAsync(reference is null ? new { git } : (object)new { git, @ref = reference }, "failed")).GetProperty("failure");
        Assert.Equal(code, failure.GetProperty("code").GetString());
    }

    [Fact]
    public async Task A_branch_that_is_not_there_is_told_with_the_nearest_one()
    {
        GitRepository repository = platform.Repository("run.sh", "true");
        JsonElement failure = Activity(await platform.TrainAsync(new { git = repository.Folder, @ref = "mian" }, "failed")).GetProperty("failure");
        Assert.Equal("JOB-008", failure.GetProperty("code").GetString());
        Assert.Contains("Did you mean \"main\"?", failure.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("..")]
    [InlineData("/etc")]
    [InlineData("nowhere")]
    public async Task A_command_starts_inside_of_its_code_or_not_at_all(string path)
    {
        GitRepository repository = platform.Repository("run.sh", "true");
        JsonElement failure = Activity(await platform.TrainAsync(new { git = repository.Folder, path }, "failed")).GetProperty("failure");
        Assert.Equal("JOB-006", failure.GetProperty("code").GetString());
    }

    private static JsonElement Activity(JsonElement run) => run.GetProperty("activities")[0];

    private static string Said(JsonElement run) => run.GetProperty("outputs").GetProperty("said").GetString()!;

    private JsonElement Tree(JsonElement run)
    {
        string attempt = $"{run.GetProperty("id").GetGuid():N}-0-1";
        string folder = Directory.EnumerateDirectories(Path.Combine(platform.Home, "attempts")).Single(d => Path.GetFileName(d).Replace("-", "", StringComparison.Ordinal).StartsWith(attempt.Split('-')[0], StringComparison.Ordinal));
        return JsonElement.Parse(File.ReadAllText(Path.Combine(folder, "inputs.json"))).GetProperty("tree");
    }
}
