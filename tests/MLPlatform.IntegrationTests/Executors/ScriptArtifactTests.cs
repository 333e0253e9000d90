using System.Text.Json;
using MLPlatform.Activities.Training;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Runs;
using Xunit;

namespace MLPlatform.IntegrationTests.Executors;

/// <summary>How artifacts reach scripts, and how a script's files become artifacts.</summary>
public sealed class ScriptArtifactTests : IAsyncDisposable
{
    private readonly ExecutorHome _home = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _home.DisposeAsync();

    [Fact]
    public async Task Input_artifacts_are_laid_out_and_their_paths_stand_beside_the_references()
    {
        string folder = Directory.CreateDirectory(Path.Combine(_home.Folder, "made", "deep")).FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "a.txt"), "hello", Cancel);
        ArtifactRef artifact = await _home.Artifacts.PutFolderAsync(Path.Combine(_home.Folder, "made"), "folder", Cancel);
        AttemptOrder order = _home.Shell("""cat "$MLP_ATTEMPT_DIR/inputs/model/deep/a.txt"; ls "$MLP_ATTEMPT_DIR/inputs" """) with
        {
            Inputs = JsonSerializer.SerializeToElement(new { artifacts = new { model = artifact }, more = new[] { artifact } }),
        };
        (AttemptOutcome outcome, _) = await _home.RunAsync(order);
        Assert.IsType<AttemptOutcome.Succeeded>(outcome);
        JsonElement inputs = JsonElement.Parse(await File.ReadAllTextAsync(_home.File(order, "inputs.json"), Cancel));
        JsonElement model = inputs.GetProperty("artifacts").GetProperty("model");
        Assert.Equal((artifact.Hash, _home.File(order, "inputs/model")), (model.GetProperty("$artifact").GetString(), model.GetProperty("path").GetString()));
        Assert.Equal(_home.File(order, "inputs/more"), inputs.GetProperty("more")[0].GetProperty("path").GetString());
    }

    [Fact]
    public async Task Files_that_outputs_name_become_artifacts()
    {
        (AttemptOutcome outcome, _) = await _home.RunAsync(_home.Shell("""
            mkdir -p "$MLP_ATTEMPT_DIR/scratch/m"; echo weights > "$MLP_ATTEMPT_DIR/scratch/m/w.bin"; echo note > "$MLP_ATTEMPT_DIR/note.txt"
            echo '{"model":{"$file":"scratch/m","kind":"model"},"list":[{"$file":"note.txt"}],"auc":0.5}' > "$MLP_ATTEMPT_DIR/outputs.json"
            """));
        JsonElement outputs = Assert.IsType<AttemptOutcome.Succeeded>(outcome).Outputs;
        ArtifactRef model = outputs.GetProperty("model").Deserialize<ArtifactRef>()!, note = outputs.GetProperty("list")[0].Deserialize<ArtifactRef>()!;
        Assert.Equal(("model", "file", 8L), (model.Kind, note.Kind, model.Bytes));
        Assert.Equal("w.bin", Assert.Single((await _home.Artifacts.FindAsync(model.Hash, Cancel))!.Files).Path);
        Assert.Equal(0.5, outputs.GetProperty("auc").GetDouble());
    }

    [Theory]
    [InlineData("""{"m":{"$file":"nowhere"}}""", "not there")]
    [InlineData("""{"m":{"$file":"../../mlp.db"}}""", "outside of the attempt's folder")]
    [InlineData("""{"m":{"$file":"/etc/hostname"}}""", "outside of the attempt's folder")]
    [InlineData("""{"m":{"$file":3}}""", "not a path")]
    public async Task A_file_that_cannot_be_kept_fails_the_attempt_in_words(string outputs, string words)
    {
        (AttemptOutcome outcome, _) = await _home.RunAsync(_home.Shell($"echo '{outputs}' > \"$MLP_ATTEMPT_DIR/outputs.json\""));
        Failure failure = Assert.IsType<AttemptOutcome.Failed>(outcome).Failure;
        Assert.Equal((FailureKind.User, "EXEC-014"), (failure.Kind, failure.Code));
        Assert.Contains(words, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_input_that_the_store_does_not_have_is_named()
    {
        AttemptOrder order = _home.Shell("true") with
        {
            Inputs = JsonSerializer.SerializeToElement(new { data = new ArtifactRef("sha256:" + new string('0', 64), "table", 1) }),
        };
        (AttemptOutcome outcome, _) = await _home.RunAsync(order);
        Assert.Equal("STORE-004", Assert.IsType<AttemptOutcome.Failed>(outcome).Failure.Code);
    }

    [Fact]
    public async Task The_python_sample_trains_reports_and_hands_its_model_over()
    {
        var inputs = new RunScript.Inputs
        {
            Command = ["python3", Path.Combine(Repository.File("samples/python-script"), "train.py")],
            Parameters = new Dictionary<string, JsonElement> { ["rows"] = JsonElement.Parse("1000") },
        };
        AttemptOrder order = _home.Script("true") with
        {
            Command = new RunScript().Command(inputs),
            Inputs = JsonSerializer.SerializeToElement(inputs, ActivityJson.Options),
        };
        (AttemptOutcome outcome, AttemptFacts facts) = await _home.RunAsync(order);
        Assert.True(outcome is AttemptOutcome.Succeeded, _home.Log(order).Tail(20));
        JsonElement outputs = ((AttemptOutcome.Succeeded)outcome).Outputs;
        Assert.InRange(outputs.GetProperty("accuracy").GetDouble(), 0.6, 1);
        Assert.Equal("folder", outputs.GetProperty("model").Deserialize<ArtifactRef>()!.Kind);
        Assert.Equal([1, 2, 3], facts.Metrics.Where(m => m.Name == "logLoss").Select(m => m.Step));
        Assert.Contains("\"fraction\": 1.0", await File.ReadAllTextAsync(_home.File(order, "progress.json"), Cancel), StringComparison.Ordinal);
    }
}
