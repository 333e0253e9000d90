using System.Text.Json;
using MLPlatform.Activities.Evaluation;
using MLPlatform.Activities.Training;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Tests.Tables;
using MLPlatform.Vlps;
using MLPlatform.Vlps.Features;
using MLPlatform.Vlps.Models;
using MLPlatform.Vlps.Rows;
using MLPlatform.Vlps.Tables;
using Xunit;

namespace MLPlatform.Tests.Training;

public sealed class TrainDeclaredTests : IDisposable
{
    private readonly TestActivityContext _context = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _context.Dispose();

    [Theory]
    [InlineData(TrainVlps.ModelType.DeepFm)]
    [InlineData(TrainVlps.ModelType.DcnV2)]
    [InlineData(TrainVlps.ModelType.Fwfm)]
    public async Task A_model_by_name_learns_is_the_same_on_any_number_of_cores_and_is_evaluated(TrainVlps.ModelType model)
    {
        TrainVlps.Inputs inputs = await InputsAsync() with { Model = model };
        TrainVlps.Outputs first = await Chain.TrainAsync(_context, inputs);
        _context.CoresToUse = 5;
        Assert.Equal(first.Model, (await Chain.TrainAsync(_context, inputs)).Model);
        Assert.NotEqual(first.Model, (await Chain.TrainAsync(_context, inputs with { Seed = 2 })).Model);
        EvaluateModel.Outputs judged = await Chain.EvaluateAsync(_context, new EvaluateModel.Inputs { Model = first.Model, Table = inputs.Samples });
        Assert.InRange(judged.Auc!.Value, 0.70, 0.85); // At best about 0.76: colour and size together.
        Assert.Equal(2000, first.Rows);
        Assert.InRange(first.Features, 30, 2000);
    }

    [Fact]
    public async Task Training_with_validation_tells_each_epoch_stops_early_and_keeps_the_best()
    {
        TrainVlps.Inputs inputs = await InputsAsync() with { Model = TrainVlps.ModelType.DeepFm, Epochs = 40, LearningRate = 0.3, Patience = 2 };
        ArtifactRef validation = await Chain.CollectAsync(_context, "later.csv", Chain.Clicks(600, 2));
        TrainVlps.Outputs outputs = await Chain.TrainAsync(_context, inputs with { Validation = validation });
        Assert.InRange(outputs.Epochs, 3, 39);
        Assert.Equal(outputs.Epochs - 2, outputs.BestEpoch);
        EvaluateModel.Outputs judged = await Chain.EvaluateAsync(_context, new EvaluateModel.Inputs { Model = outputs.Model, Table = validation });
        Assert.Equal(outputs.ValidationAuc!.Value, judged.Auc!.Value, 1e-9);
        Assert.Equal(outputs.ValidationLogLoss!.Value, judged.LogLoss, 1e-6);
    }

    [Theory]
    [InlineData("""{ "model": "depfm" }""", "VLPS-002", "deepfm")]
    [InlineData("""{ "model": "deepfm", "layer": [8] }""", "VLPS-001", "layers")]
    [InlineData("""{ "model": "lr", "layers": [8] }""", "VLPS-007", "'lr' has no perceptron")]
    [InlineData("""{ "model": "deepfm", "except": { "color": { "minCount": 2 } } }""", "VLPS-004", "colour")]
    [InlineData("""{ "model": "two-tower", "parts": [{ "part": "perceptron", "name": "left", "fields": ["user"] }, { "part": "perceptron", "name": "right", "fields": ["colour"] }] }""", "VLPS-008", "'size' is read by neither tower")]
    public async Task Mistakes_of_a_declaration_are_told_before_training(string declaration, string code, string about)
    {
        TrainVlps.Inputs inputs = await InputsAsync() with { Declaration = JsonSerializer.Deserialize<JsonElement>(declaration) };
        ActivityException problem = await Assert.ThrowsAsync<ActivityException>(() => Chain.TrainAsync(_context, inputs));
        Assert.Equal(code, problem.Code);
        Assert.Contains(about, problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rows_that_are_spilled_give_the_same_model()
    {
        TrainVlps.Inputs inputs = await InputsAsync() with { Model = TrainVlps.ModelType.DeepFm };
        TrainVlps.Outputs memory = await Chain.TrainAsync(_context, inputs);
        _context.MemoryToUse = 16 << 20;
        Assert.Equal(memory.Model, (await Chain.TrainAsync(_context, inputs with { WhenFull = WhenFull.Spill })).Model);
        Assert.Empty(Directory.GetFiles(_context.ScratchFolder, "*.cold", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Eviction_needs_a_memory_that_is_declared()
    {
        TrainVlps.Inputs inputs = await InputsAsync() with { WhenFull = WhenFull.Evict };
        _context.MemoryToUse = null;
        ActivityException problem = await Assert.ThrowsAsync<ActivityException>(() => Chain.TrainAsync(_context, inputs));
        Assert.Equal("ML-006", problem.Code);
        Assert.Contains("resources.memory", problem.Message, StringComparison.Ordinal);
        _context.MemoryToUse = 64 << 20;
        Assert.Equal(2000, (await Chain.TrainAsync(_context, inputs)).Rows);
    }

    [Fact]
    public async Task What_two_inputs_say_differently_is_refused()
    {
        TrainVlps.Inputs inputs = await InputsAsync() with { Model = TrainVlps.ModelType.DeepFm };
        inputs = inputs with { Declaration = JsonSerializer.SerializeToElement(new { model = "fm" }) };
        Assert.Equal("ML-006", (await Assert.ThrowsAsync<ActivityException>(() => Chain.TrainAsync(_context, inputs))).Code);
        inputs = inputs with { Model = null, NegativesKept = 0.5, Declaration = JsonSerializer.Deserialize<JsonElement>("""{ "model": "fm", "tasks": [{ "name": "click", "negativesKept": 0.1 }] }""") };
        ActivityException problem = await Assert.ThrowsAsync<ActivityException>(() => Chain.TrainAsync(_context, inputs));
        Assert.Contains("negativesKept", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_linear_model_cannot_learn_what_a_factorization_machine_can()
    {
        TrainVlps.Inputs inputs = await InputsAsync() with { Epochs = 20, LearningRate = 0.1 };
        async Task<double> AucAsync(TrainVlps.ModelType? model) => (await Chain.EvaluateAsync(
            _context, new EvaluateModel.Inputs { Model = (await Chain.TrainAsync(_context, inputs with { Model = model })).Model, Table = inputs.Samples })).Auc!.Value;
        Assert.InRange(await AucAsync(null), 0.5, 0.65);
        Assert.InRange(await AucAsync(TrainVlps.ModelType.Fm), 0.72, 0.9);
    }

    [Fact]
    public async Task Rows_of_weight_zero_change_nothing_and_weight_two_counts_twice()
    {
        string Csv(string rows) => "colour,clicked,w\n" + string.Concat(Enumerable.Repeat(rows, 120));
        ArtifactRef table = await Chain.CollectAsync(_context, "weighted.csv", Csv("red,1,0\nred,0,1\nblue,1,2\nblue,0,1\nblue,0,1\n"));
        ArtifactRef features = await Chain.FitAsync(_context, table, new FeatureDeclaration { Hash = ["colour"] });
        TrainVlps.Outputs outputs = await Chain.TrainAsync(_context, new TrainVlps.Inputs { Samples = table, Features = features, Label = "clicked", Weight = "w", Epochs = 20, Batch = 16, LearningRate = 0.3 });
        string folder = Path.Combine(_context.NewFolder(), "model");
        await _context.Artifacts.LayOutAsync(outputs.Model.Hash, folder, Cancel);
        using ModelFolder model = ModelFolder.Load(folder);
        var scores = new float[2];
        model.Score(ColumnBatch.FromJson(model.Columns, [JsonSerializer.SerializeToElement(new { colour = "red" }), JsonSerializer.SerializeToElement(new { colour = "blue" })]), scores);
        Assert.InRange(scores[0], 0, 0.1f);
        Assert.InRange(scores[1], 0.4f, 0.6f);
    }

    [Fact]
    public async Task Weights_that_diverge_are_an_error()
    {
        ArtifactRef table = await Chain.CollectAsync(_context, "huge.csv", "x,clicked\n" + string.Concat(Enumerable.Range(0, 600).Select(i => $"{(i % 2 == 0 ? "1e38" : "-1e38")},{(i / 3) % 2}\n")));
        ArtifactRef features = await Chain.FitAsync(_context, table, new FeatureDeclaration { Numeric = ["x"] });
        ActivityException problem = await Assert.ThrowsAsync<ActivityException>(() => Chain.TrainAsync(
            _context, new TrainVlps.Inputs { Samples = table, Features = features, Label = "clicked", Epochs = 20, LearningRate = 100, Model = TrainVlps.ModelType.Fm }));
        Assert.Equal("ML-007", problem.Code);
    }

    [Theory]
    [InlineData("vlps-lr")]
    [InlineData("vlps-fm")]
    public async Task A_folder_of_a_model_on_hashed_rows_is_refused_in_words(string kind)
    {
        string folder = await FolderAsync("""{ "model": "lr" }"""), file = Path.Combine(folder, "model.json");
        string text = (await File.ReadAllTextAsync(file, Cancel)).Replace("vlps-network", kind, StringComparison.Ordinal);
        File.Delete(file);
        await File.WriteAllTextAsync(file, text, Cancel);
        Assert.Contains("train it again", Refusal(folder), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Scores_are_those_of_all_rows_where_a_part_of_the_negatives_was_kept()
    {
        string folder = await FolderAsync("""{ "model": "fm", "tasks": [{ "name": "click" }] }"""), thinned = await FolderAsync("""{ "model": "fm", "tasks": [{ "name": "click", "negativesKept": 0.1 }] }""");
        float[] plain = Score(folder), corrected = Score(thinned);
        Assert.Equal(corrected, Score(await FolderAsync("""{ "model": "fm" }""", negativesKept: 0.1)));
        for (int i = 0; i < plain.Length; i++)
            Assert.Equal(plain[i] / (1 - plain[i]) * 0.1, corrected[i] / (1 - corrected[i]), 1e-5);
    }

    [Theory]
    [InlineData("deepfm")]
    [InlineData("fm")]
    [InlineData("lr")]
    public async Task Words_are_one_field_and_a_number_that_never_differs_is_nothing(string model)
    {
        ArtifactRef table = await Chain.CollectAsync(_context, "texts.csv", "text,same,clicked\n" + string.Concat(
            Enumerable.Range(0, 800).Select(i => $"{(i % 9 == 0 ? "" : i % 2 == 0 ? $"cheap pills number {i % 13}" : $"see you at {i % 11}")},4,{i % 2}\n")));
        ArtifactRef features = await Chain.FitAsync(_context, table, new FeatureDeclaration { TextNgram = ["text"] }, new FeatureDeclaration { Standardize = ["same"] });
        JsonElement declared = model == "deepfm" ? JsonSerializer.SerializeToElement(new { model, layers = Enumerable.Repeat(8, 1) }) : JsonSerializer.SerializeToElement(model);
        TrainVlps.Inputs inputs = new() { Samples = table, Features = features, Label = "clicked", Declaration = declared, Epochs = 4, Batch = 50, ShuffleWindow = 256 };
        TrainVlps.Outputs outputs = await Chain.TrainAsync(_context, inputs);
        EvaluateModel.Outputs judged = await Chain.EvaluateAsync(_context, new EvaluateModel.Inputs { Model = outputs.Model, Table = table });
        Assert.InRange(judged.Auc!.Value, 0.98, 1);
    }

    [Fact]
    public async Task Each_task_reads_the_column_of_its_label()
    {
        TrainVlps.Inputs inputs = await InputsAsync();
        ArtifactRef table = await Chain.CollectAsync(_context, "bought.csv", "colour,size,user,price,clicked,bought\n" + string.Concat(
            Enumerable.Range(0, 1200).Select(i => $"{"red blue".Split(' ')[i % 2]},{i % 3},u{i % 7},1.5,{(i % 5 < 2 ? "yes" : "no")},{(i % 5 == 0 ? 1 : 0)}\n")));
        const string Declared = """{ "model": "esmm", "layers": [8], "tasks": [{ "name": "click" }, { "name": "conversion", "label": "bought", "given": "click" }] }""";
        inputs = inputs with { Samples = table, Declaration = JsonSerializer.Deserialize<JsonElement>(Declared) };
        Assert.Equal(480, (await Chain.TrainAsync(_context, inputs)).Positives);
        ActivityException problem = await Assert.ThrowsAsync<ActivityException>(() => Chain.TrainAsync(_context, inputs with { Model = TrainVlps.ModelType.Esmm, Declaration = null }));
        Assert.Equal("ML-001", problem.Code);
        Assert.Contains("conversion", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_is_scored_from_several_threads_and_ids_that_nobody_saw_are_ordinary()
    {
        string folder = await FolderAsync("""{ "model": "deepfm", "layers": [16, 8] }""");
        using ModelFolder model = ModelFolder.Load(folder);
        float[] alone = Score(folder);
        await Parallel.ForAsync(0, 64, Cancel, (i, _) =>
        {
            ColumnBatch batch = Rows(model);
            var scores = new float[batch.Rows];
            var hashes = new ulong[batch.Rows];
            model.Score(batch, scores, hashes);
            Assert.Equal(alone, scores);
            Assert.Equal(hashes.Length - 1, hashes.Distinct().Count()); // Two rows are the same.
            return ValueTask.CompletedTask;
        });
        Assert.All(alone, s => Assert.InRange(s, 0.01f, 0.99f));
    }

    [Theory]
    [InlineData("dense.bin")]
    [InlineData("rows-0.bin")]
    public async Task A_torn_or_foreign_file_is_refused_by_name(string name)
    {
        string folder = await FolderAsync("""{ "model": "deepfm", "layers": [8] }"""), other = await FolderAsync("""{ "model": "deepfm", "layers": [8], "denseRate": 0.5, "fields": { "rate": 0.2 } }""");
        string file = Path.Combine(folder, name);
        byte[] whole = await File.ReadAllBytesAsync(file, Cancel);
        await File.WriteAllBytesAsync(file, whole[..^9], Cancel);
        Assert.Contains(name, Refusal(folder), StringComparison.Ordinal);
        byte[] changed = [.. whole];
        changed[^20] ^= 4;
        await File.WriteAllBytesAsync(file, changed, Cancel);
        Assert.Contains("damaged", Refusal(folder), StringComparison.Ordinal);
        File.Copy(Path.Combine(other, name), file, overwrite: true);
        Assert.Contains("not the one that model.json was written with", Refusal(folder), StringComparison.Ordinal);
        File.Delete(file);
        Assert.Contains(name, Refusal(folder), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Inspection_tells_fields_rows_and_dense_weights()
    {
        ModelInspection model = ModelInspection.Of(await FolderAsync("""{ "model": "deepfm", "layers": [8], "except": { "user": { "minCount": 3 } } }"""));
        Assert.Equal("vlps-network", model.Description.Kind);
        Assert.Equal(["user", "colour", "size", "price.scaled"], model.Fields.Select(f => f.Name));
        Assert.Equal(["rows-0.bin", "rows-1.bin"], model.Tables.Select(t => t.File));
        Assert.Equal(30, model.Tables[0].Rows);
        Assert.Contains(model.Dense, d => d is { Name: "linear/bias", Norm: > 0 });
        Assert.All(model.Tables, t => Assert.True(t is { WeightNorm: > 0, FactorNorm: > 0 }));
        string[] inputs = ["linear n × 1", "factors/user n × 16", "factors/colour n × 16", "factors/size n × 16", "factors/price.scaled n × 16"];
        Assert.Equal(inputs, model.Onnx!.Inputs.Select(i => $"{i.Name} {i.Shape}"));
        Assert.Equal(["chance/click n × 1", "logOdds/click n × 1"], model.Onnx.Outputs.Select(o => $"{o.Name} {o.Shape}"));
    }

    [Theory]
    [InlineData("state-dense.bin")]
    [InlineData("state-0.bin")]
    [InlineData("dense.onnx")]
    public async Task Inspection_finds_damage_also_in_files_that_the_product_does_not_serve_from(string name)
    {
        string folder = await FolderAsync("""{ "model": "deepfm", "layers": [8] }"""), file = Path.Combine(folder, name);
        float[] scores = Score(folder);
        byte[] changed = await File.ReadAllBytesAsync(file, Cancel);
        changed[changed.Length / 2] ^= 4;
        await File.WriteAllBytesAsync(file, changed, Cancel);
        RefusedByInspection();
        File.Delete(file);
        RefusedByInspection();
        Assert.Equal(scores, Score(folder));

        void RefusedByInspection()
        {
            VlpsException problem = Assert.Throws<VlpsException>(() => ModelInspection.Of(folder));
            Assert.Equal(VlpsProblem.BadFile, problem.Problem);
            Assert.Contains(name, problem.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_folder_of_a_version_that_wrote_no_ONNX_is_read()
    {
        string folder = await FolderAsync("""{ "model": "deepfm", "layers": [8] }"""), file = Path.Combine(folder, ModelDescription.FileName);
        string[] lines = await File.ReadAllLinesAsync(file, Cancel);
        File.Delete(file);
        await File.WriteAllLinesAsync(file, lines.Where(l => !l.Contains("\"onnx\":", StringComparison.Ordinal)), Cancel);
        File.Delete(Path.Combine(folder, "dense.onnx"));
        Assert.Null(ModelInspection.Of(folder).Onnx);
    }

    [Fact]
    public async Task Features_that_are_not_those_the_model_was_written_with_are_refused_and_folders_without_their_checksum_are_not()
    {
        string folder = await FolderAsync("""{ "model": "fm" }"""), file = Path.Combine(folder, "features.json"), model = Path.Combine(folder, "model.json");
        string whole = await File.ReadAllTextAsync(file, Cancel);
        File.Delete(file);
        await File.WriteAllTextAsync(file, whole.Replace("\"user\"", "\"usex\"", StringComparison.Ordinal), Cancel);
        Assert.Contains("'features.json' is not the one", Refusal(folder), StringComparison.Ordinal);
        Assert.Contains("'features.json' is not the one", Assert.Throws<VlpsException>(() => ModelInspection.Of(folder)).Message, StringComparison.Ordinal);
        Assert.Contains("'features.json' is not the one", Assert.Throws<VlpsException>(() => ModelFolder.ReadFeatures(folder)).Message, StringComparison.Ordinal);
        await File.WriteAllTextAsync(file, whole, Cancel);
        string[] lines = await File.ReadAllLinesAsync(model, Cancel);
        File.Delete(model);
        await File.WriteAllLinesAsync(model, lines.Where(line => !line.Contains("\"featuresChecksum\"", StringComparison.Ordinal)), Cancel);
        Assert.Null(ModelFolder.Describe(folder).FeaturesChecksum);
        Assert.NotEmpty(Score(folder));
    }

    [Fact]
    public async Task A_setting_beside_the_model_that_it_never_reads_is_told_in_the_log()
    {
        await Chain.TrainAsync(_context, await InputsAsync() with { Model = TrainVlps.ModelType.Lr, Dim = 4, FirstSquares = 0.2 });
        Assert.Equal("'dim' does nothing: 'lr' has one weight for each id, and no factors", Assert.Single(_context.Lines, line => line.Contains("does nothing", StringComparison.Ordinal)));
    }

    private static string Refusal(string folder)
    {
        VlpsException problem = Assert.Throws<VlpsException>(() => ModelFolder.Load(folder).Dispose());
        Assert.Equal(VlpsProblem.BadFile, problem.Problem);
        return problem.Message;
    }

    private static float[] Score(string folder)
    {
        using ModelFolder model = ModelFolder.Load(folder);
        ColumnBatch batch = Rows(model);
        var scores = new float[batch.Rows];
        model.Score(batch, scores);
        return scores;
    }

    private static ColumnBatch Rows(ModelFolder model) => ColumnBatch.FromJson(model.Columns, [.. new object[]
    {
        new { user = "u1", colour = "red", size = 1, price = 2.5 }, new { user = "nobody", colour = "pink", size = 99, price = -1.0 },
        new { user = "u2" }, new { user = "u1", colour = "red", size = 1, price = 2.5 },
    }.Select(row => JsonSerializer.SerializeToElement(row))]);

    private async Task<string> FolderAsync(string declaration, double? negativesKept = null)
    {
        TrainVlps.Outputs outputs = await Chain.TrainAsync(_context, await InputsAsync() with { Declaration = JsonSerializer.Deserialize<JsonElement>(declaration), NegativesKept = negativesKept });
        string folder = Path.Combine(_context.NewFolder(), "model");
        await _context.Artifacts.LayOutAsync(outputs.Model.Hash, folder, Cancel);
        return folder;
    }

    private async Task<TrainVlps.Inputs> InputsAsync()
    {
        ArtifactRef table = await Chain.CollectAsync(_context, "clicks.csv", Chain.Clicks(2000, 1));
        ArtifactRef features = await Chain.FitAsync(_context, table, new FeatureDeclaration { Hash = ["user", "colour", "size"] }, new FeatureDeclaration { Standardize = ["price"] });
        return new TrainVlps.Inputs { Samples = table, Features = features, Label = "clicked", Positive = ["yes"], Epochs = 8, Batch = 64 };
    }
}
