using System.Net.Http.Json;
using System.Text.Json;
using MLPlatform.IntegrationTests.Server;
using Xunit;

namespace MLPlatform.IntegrationTests.Code;

/// <summary>Code folders over HTTP, and scripts that run in them.</summary>
public sealed class CodeFolderTests(CodePlatform platform) : IClassFixture<CodePlatform>
{
    private readonly string _name = "code-" + Guid.NewGuid().ToString("N");

    [Fact]
    public async Task A_folder_is_uploaded_edited_compared_rolled_back_and_run_at_any_version()
    {
        await PutAsync(new { files = new[] { File("run.sh", CodePlatform.Says("one")), File("lib/a.txt", "a\n") }, based = 0, note = "first" });
        JsonElement second = await PutAsync(new { files = new[] { File("run.sh", CodePlatform.Says("two")) }, remove = (string[])["lib/a.txt"] });
        Assert.Equal(2, second.GetProperty("version").GetInt32());
        JsonElement[] diff = [.. (await platform.GetJsonAsync($"api/v1/code/{_name}/diff?from=1")).GetProperty("files").EnumerateArray()];
        Assert.Equal(["lib/a.txt removed", "run.sh changed"], diff.Select(f => $"{f.GetProperty("path")} {f.GetProperty("change")}"));
        Assert.Contains("\n+echo '{\"said\":\"two\"}'", diff[1].GetProperty("lines").GetString(), StringComparison.Ordinal);

        Assert.Equal("two", Said(await platform.TrainAsync(new { folder = _name })));
        Assert.Equal("one", Said(await platform.TrainAsync(new { folder = _name, version = 1 })));
        JsonElement back = await platform.PostAsync($"api/v1/code/{_name}/rollback", new { version = 1 });
        Assert.Equal((3, "back to version 1"), (back.GetProperty("version").GetInt32(), back.GetProperty("note").GetString()));
        Assert.Equal("one", Said(await platform.TrainAsync(new { folder = _name })));
        Assert.Equal(3, (await platform.GetJsonAsync($"api/v1/code/{_name}")).GetArrayLength());
        Assert.Equal(2, (await platform.GetJsonAsync($"api/v1/code/{_name}/versions/latest")).GetProperty("files").GetArrayLength());
    }

    [Fact]
    public async Task The_same_files_from_git_and_from_a_folder_are_the_same_code()
    {
        GitRepository repository = platform.Repository("run.sh", CodePlatform.Says("same"));
        JsonElement pushed = await PutAsync(new { files = new[] { File("run.sh", CodePlatform.Says("same")) } });
        await platform.TrainAsync(new { git = repository.Folder });
        string hash = pushed.GetProperty("files").GetProperty("$artifact").GetString()!;
        Assert.Contains(Directory.EnumerateFiles(Path.Combine(platform.Home, "attempts"), "inputs.json", SearchOption.AllDirectories), f =>
            System.IO.File.ReadAllText(f) is string text && text.Contains(hash, StringComparison.Ordinal) && text.Contains(repository.Folder, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_script_that_writes_over_its_code_changes_only_its_own_copy()
    {
        await PutAsync(new { files = new[] { File("run.sh", "echo broken >> config; echo x > run.sh\n" + CodePlatform.Says("wrote")), File("config", "fine\n") } });
        Assert.Equal("wrote", Said(await platform.TrainAsync(new { folder = _name })));
        string hash = (await platform.GetJsonAsync($"api/v1/code/{_name}/versions/1")).GetProperty("version").GetProperty("files").GetProperty("$artifact").GetString()!;
        Assert.Equal("fine\n", await platform.Client.GetStringAsync($"api/v1/artifacts/{hash}/files/config", TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_change_of_a_version_that_is_the_latest_no_more_is_refused()
    {
        await PutAsync(new { files = new[] { File("a", "1") } });
        await ProblemAssert.IsAsync(await SendAsync(new { files = new[] { File("a", "2") }, based = 0 }), 409, "JOB-012");
        Assert.Equal(1, (await PutAsync(new { files = new[] { File("a", "1") }, based = 1 })).GetProperty("version").GetInt32());
    }

    [Theory]
    [InlineData("../x")]
    [InlineData("/etc/x")]
    [InlineData("a/../../x")]
    [InlineData("a\\b")]
    [InlineData("a\u0007")]
    [InlineData("")]
    [InlineData("a//b")]
    public async Task Names_that_would_leave_the_folder_are_refused(string path) =>
        await ProblemAssert.IsAsync(await SendAsync(new { files = new[] { File(path, "x") } }), 400, "API-003");

    [Fact]
    public async Task A_file_that_would_be_a_folder_too_is_refused() =>
        await ProblemAssert.IsAsync(await SendAsync(new { files = new[] { File("a", "x"), File("a/b", "x") } }), 400, "API-003");

    [Fact]
    public async Task What_is_not_there_is_told()
    {
        await ProblemAssert.IsAsync(await platform.Client.GetAsync($"api/v1/code/{_name}", TestContext.Current.CancellationToken), 404, "API-004");
        await ProblemAssert.IsAsync(await SendAsync(new { remove = (string[])["a"] }), 404, "API-004");
        await ProblemAssert.IsAsync(await SendAsync(new { }), 400, "API-003");
        JsonElement failure = (await platform.TrainAsync(new { folder = _name }, "failed")).GetProperty("activities")[0].GetProperty("failure");
        Assert.Equal("JOB-003", failure.GetProperty("code").GetString());
    }

    private static object File(string path, string text) => new { path, text };

    private static string Said(JsonElement run) => run.GetProperty("outputs").GetProperty("said").GetString()!;

    private Task<JsonElement> PutAsync(object change) => platform.PostAsync($"api/v1/code/{_name}/versions", change);

    private Task<HttpResponseMessage> SendAsync(object change) => platform.Client.PostAsJsonAsync($"api/v1/code/{_name}/versions", change, TestContext.Current.CancellationToken);
}
