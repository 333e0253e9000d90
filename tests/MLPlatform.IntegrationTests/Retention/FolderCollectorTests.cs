using System.Diagnostics;
using System.Security.Cryptography;
using MLPlatform.IntegrationTests.Cli;
using Xunit;

namespace MLPlatform.IntegrationTests.Retention;

/// <summary>What the collector removes from the home folder besides artifacts.</summary>
public sealed class FolderCollectorTests : IDisposable
{
    private readonly Mlp _mlp = new();

    public void Dispose() => _mlp.Dispose();

    [Fact]
    public async Task Checkpoints_of_runs_that_ended_long_ago_go_and_a_resume_before_finds_them()
    {
        _mlp.Write("train.sh", "cat $MLP_CHECKPOINT_DIR/epoch 2>/dev/null; echo 7 > $MLP_CHECKPOINT_DIR/epoch; exit 1\n");
        (await _mlp.RunAsync("run", _mlp.Write("p.json", """
            { "id": "p", "activities": { "train": { "type": "train.script", "inputs": { "command": ["sh", "FOLDER/train.sh"], "checkpoints": true } } } }
            """.Replace("FOLDER", _mlp.Folder, StringComparison.Ordinal)))).Is(1);
        (await _mlp.RunAsync("runs", "resume", "last")).Is(1);
        Assert.Contains("7", (await _mlp.RunAsync("runs", "logs", "last", "train")).Output, StringComparison.Ordinal);
        string kept = Path.Combine(_mlp.Home, "checkpoints", "not-a-run");
        Directory.CreateDirectory(kept);
        Assert.Equal((0, 0), await CollectAsync());
        _mlp.Variables["MLP_Retention__KeepRuns"] = "00:00:00";
        Assert.Equal((1, 0), await CollectAsync("--dry-run"));
        Assert.Equal(2, Directory.GetDirectories(Path.Combine(_mlp.Home, "checkpoints")).Length);
        Assert.Equal((1, 0), await CollectAsync());
        Assert.Equal([kept], Directory.GetDirectories(Path.Combine(_mlp.Home, "checkpoints")));
    }

    [Fact]
    public async Task Repositories_that_nobody_asked_for_go_and_are_fetched_again_when_somebody_does()
    {
        string repository = Path.Combine(_mlp.Folder, "code");
        Directory.CreateDirectory(repository);
        _mlp.Write("code/run.sh", "echo hello\n");
        await File.WriteAllBytesAsync(Path.Combine(repository, "weights"), RandomNumberGenerator.GetBytes(4096), TestContext.Current.CancellationToken);
        foreach (string arguments in (string[])["init -q -b main", "add -A", "-c user.name=a -c user.email=a@b commit -q -m one"])
            (await Git(repository, arguments)).Dispose();
        _mlp.Variables["MLP_Code__GitRoots__0"] = _mlp.Folder;
        string[] train = ["train", "--code", repository + "#main", "--name", "j", "sh", "run.sh"];
        (await _mlp.RunAsync(train)).Is(0);
        string fetched = Assert.Single(Directory.GetDirectories(Path.Combine(_mlp.Home, "code", "git")));
        string left = Path.Combine(_mlp.Home, "code", "tmp", "left");
        Directory.CreateDirectory(left);
        Assert.Equal((0, 0), await CollectAsync());
        foreach (string old in (string[])[fetched, left])
            Directory.SetLastWriteTimeUtc(old, TimeProvider.System.GetUtcNow().UtcDateTime.AddDays(-31));
        Assert.Equal((0, 1), await CollectAsync("--dry-run"));
        Assert.Equal((0, 1), await CollectAsync());
        Assert.False(Directory.Exists(fetched) || Directory.Exists(left));
        (await _mlp.RunAsync(train)).Is(0);
        Assert.True(Directory.GetLastWriteTimeUtc(fetched) > TimeProvider.System.GetUtcNow().UtcDateTime.AddDays(-1));
        _mlp.Variables["MLP_Code__MaxRepositoryBytes"] = "1024";
        Assert.Equal((0, 1), await CollectAsync());
    }

    private async Task<(int Checkpoints, int Repositories)> CollectAsync(params string[] more)
    {
        Outcome collected = await _mlp.RunAsync(["datasets", "gc", "--json", .. more]);
        collected.Is(0);
        return (collected.Json.GetProperty("checkpoints").GetInt32(), collected.Json.GetProperty("repositories").GetInt32());
    }

    private static async Task<Process> Git(string folder, string arguments)
    {
        Process git = Process.Start(new ProcessStartInfo("git", arguments) { WorkingDirectory = folder })!;
        await git.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, git.ExitCode);
        return git;
    }
}
