using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using MLPlatform.IntegrationTests.Server;
using Xunit;

namespace MLPlatform.IntegrationTests.Code;

/// <summary>A platform that may fetch the repositories of one folder.</summary>
public sealed class CodePlatform : TestPlatform
{
    public string Repositories { get; } = Directory.CreateTempSubdirectory("mlp-git-").FullName;

    /// <summary>The server's own folder of frameworks.</summary>
    public string Frameworks { get; } = Directory.CreateTempSubdirectory("mlp-frameworks-").FullName;

    protected override Dictionary<string, string?> Overrides => new() { ["Code:GitRoots:0"] = Repositories, ["Frameworks:Folders:0"] = Frameworks };

    /// <summary>A repository on the branch main, with one commit.</summary>
    public GitRepository Repository(string file, string content)
    {
        GitRepository repository = new(Path.Combine(Repositories, Guid.NewGuid().ToString("N")));
        repository.Git("init", "--quiet", "--initial-branch=main");
        repository.Commit(file, content);
        return repository;
    }

    /// <summary>A run of one script whose code is from somewhere; it prints what the script printed.</summary>
    public async Task<JsonElement> TrainAsync(object source, string state = "succeeded", string script = "run.sh")
    {
        Guid run = await StartAsync(JsonSerializer.Serialize(new
        {
            id = "from-" + Guid.NewGuid().ToString("N")[..8],
            activities = new { train = new { type = "train.script", inputs = new { command = (string[])["sh", script], source } } },
            outputs = new { said = "${{ activities.train.outputs.said }}" },
        }));
        return await WaitAsync(run, state);
    }

    public async Task<JsonElement> PostAsync(string path, object body)
    {
        using HttpResponseMessage response = await Client.PostAsJsonAsync(path, body, TestContext.Current.CancellationToken);
        string text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(response.IsSuccessStatusCode, text);
        return JsonElement.Parse(text);
    }

    /// <summary>A script whose output 'said' is a text.</summary>
    public static string Says(string text) => $$"""
        echo '{"said":"{{text}}"}' > "$MLP_ATTEMPT_DIR/outputs.json"

        """;
}

public sealed class GitRepository
{
    public GitRepository(string folder) => Folder = Directory.CreateDirectory(folder).FullName;

    public string Folder { get; }

    public string Commit(string file, string content)
    {
        string path = Path.Combine(Folder, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
        Git("add", "--all");
        Git("-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "--quiet", "--message=" + file);
        return Git("rev-parse", "HEAD").Trim();
    }

    public string Git(params string[] arguments)
    {
        ProcessStartInfo start = new("git", arguments) { WorkingDirectory = Folder, RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"git {string.Join(' ', arguments)}: {errors.Result}");
    }
}
