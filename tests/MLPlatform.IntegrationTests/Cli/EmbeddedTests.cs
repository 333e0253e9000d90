using System.Text.Json;
using MLPlatform.Cli.Bench;
using MLPlatform.IntegrationTests.Server;
using MLPlatform.Storage;
using Xunit;

namespace MLPlatform.IntegrationTests.Cli;

public sealed class EmbeddedTests : IDisposable
{
    private readonly Mlp _mlp = new();

    public void Dispose() => _mlp.Dispose();

    [Fact]
    public async Task An_ONNX_file_becomes_a_registered_model()
    {
        await File.WriteAllBytesAsync(Path.Combine(_mlp.Folder, "dense.onnx"), OnnxBytes.DenseLogits([1f, 2f, 3f], 0.5f), TestContext.Current.CancellationToken);
        foreach ((string file, string code) in new[] { ("nowhere.onnx", "ML-014"), ("dense.onnx", "ML-008") }) // The one is not there, the other's input is no column.
        {
            Outcome refused = await _mlp.RunAsync("models", "import", "shop", file);
            refused.Is(1);
            Assert.Contains(code, refused.Error, StringComparison.Ordinal);
        }
        Outcome made = await _mlp.RunAsync("models", "import", "shop", "dense.onnx", "--column", "a", "--column", "b", "--column", "c", "--logits", "--alias", "champion");
        made.Is(0);
        Assert.Equal("shop: version 1, reads a, b, c\n", made.Output);
        Assert.Contains("champion", (await _mlp.RunAsync("models", "show", "shop")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_without_a_server_ends_with_its_outputs()
    {
        string file = _mlp.Write("chain.json", Flows.Chain);
        Outcome run = await _mlp.RunAsync("run", file, "--json", "-p", "size=5", "-p", "data=../in");
        run.Is(0);
        JsonElement json = run.Json;
        Assert.Equal("succeeded", json.GetProperty("state").GetString());
        Assert.Equal(5, json.GetProperty("outputs").GetProperty("size").GetInt32());
        Assert.Equal(Path.GetFullPath(Path.Combine(_mlp.Folder, "../in")), json.GetProperty("outputs").GetProperty("data").GetString());
        JsonElement activity = json.GetProperty("activities")[0];
        Assert.Equal("succeeded", activity.GetProperty("state").GetString());
        Assert.Equal(1, activity.GetProperty("attempts").GetInt32());
        Assert.True(activity.GetProperty("seconds").GetDouble() >= 0);

        Outcome list = await _mlp.RunAsync("runs", "list", "--json");
        list.Is(0);
        Assert.Equal(json.GetProperty("id").GetGuid(), list.Json[0].GetProperty("id").GetGuid());
        Outcome show = await _mlp.RunAsync("runs", "show", "last");
        show.Is(0);
        Assert.Contains("each[1]", show.Output, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(_mlp.Home, "server.json")));
        JsonElement logs = (await _mlp.RunAsync("runs", "logs", "last", "--json")).Json;
        Assert.Equal(["first", "last", "each[0]", "each[1]"], logs.EnumerateArray().Select(l => l.GetProperty("activity").GetString()));
        Assert.All(logs.EnumerateArray(), l => Assert.True(l.GetProperty("complete").GetBoolean()));
        (await _mlp.RunAsync("runs", "logs", "last", "first", "--follow")).Is(0);
        Assert.Empty((await _mlp.RunAsync("models", "list", "--json")).Json.EnumerateArray());
    }

    [Fact]
    public async Task A_failed_run_ends_with_1_and_says_why_and_what_to_do()
    {
        Outcome run = await _mlp.RunAsync("run", _mlp.Write("failing.json", Flows.Failing));
        run.Is(1);
        Assert.Contains("error ENG-017: activity 'bad' (control.wait) failed", run.Error, StringComparison.Ordinal);
        Assert.Contains("mlp runs resume", run.Error, StringComparison.Ordinal);
        Assert.Equal(1, run.Error.Split("error ENG-017").Length - 1);
        JsonElement shown = (await _mlp.RunAsync("runs", "show", "last", "--json")).Json;
        Assert.All(shown.GetProperty("activities").EnumerateArray(), a => Assert.True(a.GetProperty("seconds").GetDouble() >= 0));
        Outcome again = await _mlp.RunAsync("runs", "resume", "last", "--json");
        again.Is(1);
        Assert.Equal(2, again.Json.GetProperty("activities").EnumerateArray().Single(a => a.GetProperty("name").GetString() == "bad").GetProperty("attempts").GetInt32());
    }

    [Fact]
    public async Task A_bare_repository_is_where_the_code_is_and_other_folders_are_the_code()
    {
        foreach (string part in (string[])["kept.git/objects", "kept.git/refs", "jobs"])
            Directory.CreateDirectory(Path.Combine(_mlp.Folder, part));
        _mlp.Write("kept.git/HEAD", "ref: refs/heads/main\n");
        _mlp.Write("jobs/train.py", "pass\n");
        JsonElement bare = (await _mlp.RunAsync("train", "--show", "--code", "kept.git", "--framework", "torch-1.13", "--preset", "script")).Json;
        Assert.Equal(("kept", Path.Combine(_mlp.Folder, "kept.git")), (bare.GetProperty("id").GetString(), Source(bare).GetProperty("git").GetString()));
        Assert.Equal("jobs", Source((await _mlp.RunAsync("train", "--show", "--code", "jobs", "--framework", "torch-1.13", "train.py")).Json).GetProperty("folder").GetString());
        Outcome list = await _mlp.RunAsync("train", "--code", "jobs@1", "--combinations", _mlp.Write("list.json", "{}"), "train.py");
        list.Is(2);
        Assert.Contains("JOB-024: 'list.json' holds no list of parameters: it is one object.", list.Error, StringComparison.Ordinal);

        static JsonElement Source(JsonElement pipeline) => pipeline.GetProperty("activities").GetProperty("train").GetProperty("inputs").GetProperty("source");
    }

    [Theory]
    [InlineData("none.json")]
    [InlineData("no-such-pipeline")]
    public async Task What_cannot_be_run_ends_with_2(string what) => (await _mlp.RunAsync("run", what)).Is(2);

    [Fact]
    public async Task Bad_parameters_end_with_2_and_are_all_named()
    {
        Outcome run = await _mlp.RunAsync("run", _mlp.Write("chain.json", Flows.Chain), "-p", "size=0", "-p", "sise=1");
        run.Is(2);
        string[] lines = run.Error.TrimEnd().Split('\n');
        Assert.Equal("error API-013: The parameters do not fit the pipeline:", lines[0]);
        Assert.Equal(["error PLAN-002: ", "error PLAN-004: "], lines[1..].Select(l => l[..16]).Order()); // each once, and no place in a file that is none
        (await _mlp.RunAsync("run", "chain.json", "-p", "size")).Is(2);
    }

    [Fact]
    public async Task A_home_that_another_process_holds_is_said_to_be_held_by_which()
    {
        using HomeLock held = HomeLock.Take(_mlp.Home);
        Outcome run = await _mlp.RunAsync("run", _mlp.Write("chain.json", Flows.Chain));
        run.Is(3);
        Assert.Contains($"error CLI-005: Process {Environment.ProcessId} ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_there_is_none_of_is_said_to_be_none() =>
        Assert.EndsWith("(none)\n", (await _mlp.RunAsync("runs", "list")).Output, StringComparison.Ordinal);

    [Fact]
    public async Task What_a_finished_run_does_not_allow_is_said_in_words()
    {
        (await _mlp.RunAsync("run", _mlp.Write("chain.json", Flows.Chain))).Is(0);
        Outcome cancel = await _mlp.RunAsync("runs", "cancel", "last");
        cancel.Is(1);
        Assert.Equal("error ENG-021: a run that is succeeded cannot be cancelled\n", cancel.Error);
    }

    [Fact]
    public async Task Nothing_can_be_left_to_nobody()
    {
        Outcome run = await _mlp.RunAsync("run", _mlp.Write("chain.json", Flows.Chain), "--detach");
        run.Is(2);
        Assert.Contains("CLI-008", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pipelines_are_registered_all_or_none()
    {
        _mlp.Write("good.json", Flows.Chain);
        _mlp.Write("worse.json", """{ "id": "worse", "activities": { "a": { "type": "none" } } }""");
        (await _mlp.RunAsync("apply", ".")).Is(2);
        Assert.Empty((await _mlp.RunAsync("pipelines", "list", "--json")).Json.EnumerateArray());
        (await _mlp.RunAsync("apply", "good.json")).Is(0);
        Outcome run = await _mlp.RunAsync("run", "chain", "--json");
        run.Is(0);
        Assert.Equal(Path.Combine(_mlp.Folder, "in.csv"), run.Json.GetProperty("outputs").GetProperty("data").GetString());
    }
}
