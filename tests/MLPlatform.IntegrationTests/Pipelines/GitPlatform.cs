using System.Net.Http.Json;
using System.Text.Json;
using MLPlatform.IntegrationTests.Code;
using MLPlatform.IntegrationTests.Server;
using Xunit;

namespace MLPlatform.IntegrationTests.Pipelines;

/// <summary>A platform whose pipelines are in a bare repository on this machine, and a clone that a colleague works in.</summary>
public class GitPlatform : TestPlatform
{
    public const string Secret = "git-host-secret";
    private readonly string _root = Directory.CreateTempSubdirectory("mlp-pipelines-").FullName;

    public GitPlatform()
    {
        Origin = Path.Combine(_root, "origin.git");
        Clone = new GitRepository(Path.Combine(_root, "clone"));
        Clone.Git("init", "--quiet", "--bare", "--initial-branch=main", Origin);
        Clone.Git("init", "--quiet", "--initial-branch=main");
        Clone.Git("remote", "add", "origin", Origin);
        Push("flows/first.json", File("first"), "Begin");
    }

    public string Origin { get; }

    public GitRepository Clone { get; }

    /// <summary>The address in the settings.</summary>
    protected virtual string Address => Origin;

    protected override Dictionary<string, string?> Overrides => new()
    {
        ["Code:GitRoots:0"] = _root,
        ["Pipelines:Git:Repository"] = Address,
        ["Pipelines:Git:Folder"] = "flows",
        ["Pipelines:Git:Secret"] = "githost",
        ["Secrets:githost"] = Secret,
    };

    public static string File(string id, string step = "control.noop") => $$"""
        {
          "id": "{{id}}",
          "activities": {
            "only": { "type": "{{step}}" }
          }
        }
        """ + "\n";

    /// <summary>A colleague's commit on main, pushed.</summary>
    public string Push(string path, string? content, string message)
    {
        string file = Path.Combine(Clone.Folder, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        if (content is null)
            System.IO.File.Delete(file);
        else
            System.IO.File.WriteAllText(file, content);
        Clone.Git("add", "--all");
        Clone.Git("-c", "user.name=Ada Colleague", "-c", "user.email=ada@example.com", "commit", "--quiet", "--message=" + message);
        Clone.Git("push", "--quiet", "origin", "main");
        return Clone.Git("rev-parse", "HEAD").Trim();
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        Directory.Delete(_root, recursive: true);
        GC.SuppressFinalize(this);
    }

    public async Task<JsonElement> SyncAsync()
    {
        using HttpResponseMessage response = await Client.PostAsync("api/v1/git/sync", null, TestContext.Current.CancellationToken);
        string text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(response.IsSuccessStatusCode, text);
        return await GetJsonAsync("api/v1/git");
    }

    public async Task<JsonElement> FileAsync(string path) =>
        (await SyncAsync()).GetProperty("files").EnumerateArray().Single(f => f.GetProperty("path").GetString() == path);

    public Task<HttpResponseMessage> SaveAsync(object request) => Client.PostAsJsonAsync("api/v1/pipelines/save", request, TestContext.Current.CancellationToken);
}
