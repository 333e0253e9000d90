using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using MLPlatform.Activities.Registry;
using MLPlatform.Cli.Bench;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Deployments;
using MLPlatform.Server.Deployments;
using MLPlatform.Tests.Tables;
using MLPlatform.Vlps.Features;
using MLPlatform.Vlps.Models;
using MLPlatform.Vlps.Rows;
using MLPlatform.Vlps.Training;
using Xunit;

namespace MLPlatform.IntegrationTests.Deployments;

/// <summary>ONNX models from a file to scores, and one model as a process of its own.</summary>
public sealed class OnnxTests : IDisposable
{
    private const int HashBits = 12;
    private readonly TestActivityContext _context = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _context.Dispose();

    [Fact]
    public async Task Fitted_features_run_in_front_of_an_onnx_model()
    {
        JsonElement[] rows = [.. new object[] { new { app = "a", price = 1.5 }, new { app = "zzz" }, new { price = -3 } }.Select(r => JsonSerializer.SerializeToElement(r))];
        FeatureSpec spec = FeatureFitter.Fit([new FeatureDeclaration { Hash = ["app"] }, new FeatureDeclaration { Numeric = ["price"] }], ["app", "price"], c => [ColumnBatch.FromJson(c, rows)]);
        string features = _context.NewFolder();
        spec.Save(Path.Combine(features, FeatureSpec.FileName));
        Random random = new(1);
        float[] weights = [.. Enumerable.Range(0, 1 << HashBits).Select(_ => (float)(random.NextDouble() - 0.5))];
        using ModelFolder model = await ImportAsync(OnnxBytes.SparseLogistic(weights, 0.25f), new()
        {
            File = "",
            HashBits = HashBits,
            Features = await _context.Artifacts.PutFolderAsync(features, "features", Cancel),
        });
        Assert.Equal(["app", "price"], model.Columns);
        float[] scores = new float[3];
        ulong[] hashes = new ulong[3];
        model.Score(ColumnBatch.FromJson(model.Columns, rows), scores, hashes);
        SampleBlock block = new();
        new FeatureTransform(spec).EncodeAll(ColumnBatch.FromJson(model.Columns, rows), block);
        for (int row = 0; row < rows.Length; row++)
        {
            double margin = 0.25;
            for (int i = block.Start(row); i < block.End(row); i++)
                margin += weights[block.Ids[i] * 0x9E37_79B9_7F4A_7C15 >> (64 - HashBits)] * block.Values[i];
            Assert.Equal(1 / (1 + Math.Exp(-margin)), scores[row], 1e-5);
        }
        Assert.Equal(3, hashes.Distinct().Count());
    }

    [Fact]
    public async Task Columns_become_one_tensor_or_one_each()
    {
        JsonElement[] rows = [.. new object[] { new { price = 1.5, clicks = 2 }, new { price = "0.5", clicks = 0 } }.Select(r => JsonSerializer.SerializeToElement(r))];
        using ModelFolder dense = await ImportAsync(OnnxBytes.DenseLogits([2f, -1f], 0.5f), new() { File = "", Columns = ["price", "clicks"], Logits = true });
        using ModelFolder each = await ImportAsync(OnnxBytes.Columns(), new() { File = "" });
        Assert.Equal(["price Real", "clicks Whole"], each.Features.Columns.Select(c => $"{c.Name} {c.Kind}"));
        float[] scores = new float[2];
        dense.Score(ColumnBatch.FromJson(dense.Columns, rows), scores);
        Assert.Equal([1 / (1 + Math.Exp(-1.5)), 1 / (1 + Math.Exp(-1.5))], scores.Select(s => (double)s), (a, b) => Math.Abs(a - b) < 1e-5);
        each.Score(ColumnBatch.FromJson(each.Columns, rows), scores);
        Assert.Equal([3.5f, 0.5f], scores);
    }

    [Fact]
    public async Task What_cannot_be_served_is_refused_with_its_reason()
    {
        await RefusedAsync("ML-008", "ONNX Runtime cannot read it", [1, 2, 3], new() { File = "" });
        await RefusedAsync("ML-008", "its input 'x' is no column", OnnxBytes.DenseLogits([1f, 2f], 0), new() { File = "" });
        await RefusedAsync("ML-008", "no output 'nope'", OnnxBytes.Columns(), new() { File = "", Output = "nope" });
        await RefusedAsync("ML-008", "needs one input of floats", OnnxBytes.Columns(), new() { File = "", Columns = ["price"] });
    }

    [Fact]
    public async Task A_model_is_served_by_a_process_without_a_database()
    {
        string folder = _context.NewFolder();
        SmallModels.Train(Path.Combine(folder, "1"), "a");
        SmallModels.Train(Path.Combine(folder, "2"), "b");
        DeploymentSpec spec = new() { Model = "m", Champion = 1, Candidates = [new(2, ServingRole.Challenger, 50)] };
        Dictionary<int, string> folders = new() { [1] = Path.Combine(folder, "1"), [2] = Path.Combine(folder, "2") };
        await using WebApplication app = ModelHost.Build(new ModelHostSettings("shop", spec, folders, "http://127.0.0.1:0", "secret"));
        await app.StartAsync(Cancel);
        using HttpClient client = new() { BaseAddress = new Uri(app.Urls.First() + "/") };
        object body = new { rows = new[] { new { app = "a", price = 1.0 } }, key = "u1" };
        Assert.Equal(401, (int)(await client.PostAsJsonAsync("api/v1/deployments/shop/score", body, Cancel)).StatusCode);
        Assert.Equal(200, (int)(await client.GetAsync("v2/health/ready", Cancel)).StatusCode);
        client.DefaultRequestHeaders.Authorization = new("Bearer", "secret");
        JsonElement scored = await (await client.PostAsJsonAsync("api/v1/deployments/shop/score", body, Cancel)).Content.ReadFromJsonAsync<JsonElement>(Cancel);
        int version = Router.Decide("shop", spec, "u1").Version;
        Assert.Equal(version, scored.GetProperty("version").GetInt32());
        Assert.Equal(version == 1, scored.GetProperty("scores")[0].GetSingle() > 0.5f);
        Assert.Equal(["1", "2"], (await client.GetFromJsonAsync<JsonElement>("v2/models/shop", Cancel)).GetProperty("versions").EnumerateArray().Select(v => v.GetString()!));
        Assert.Equal(404, (int)(await client.PostAsJsonAsync("api/v1/deployments/other/score", body, Cancel)).StatusCode);
        Assert.Throws<ActivityException>(() => ModelHost.Build(new ModelHostSettings("x", spec, new Dictionary<int, string> { [1] = _context.NewFolder() }, "http://127.0.0.1:0", null)).Services.GetService(typeof(IServing)));
        await app.StopAsync(Cancel);
    }

    private async Task RefusedAsync(string code, string part, byte[] onnx, ImportModel.Inputs inputs)
    {
        ActivityException refused = await Assert.ThrowsAsync<ActivityException>(() => ImportAsync(onnx, inputs));
        Assert.Equal(code, refused.Code);
        Assert.Contains(part, refused.Message, StringComparison.Ordinal);
    }

    private async Task<ModelFolder> ImportAsync(byte[] onnx, ImportModel.Inputs inputs)
    {
        ImportModel.Outputs made = await _context.RunAsync(new ImportModel(), inputs with { File = _context.Write("some.onnx", onnx) });
        string folder = Path.Combine(_context.NewFolder(), "model");
        await _context.Artifacts.LayOutAsync(made.Model.Hash, folder, Cancel);
        ModelFolder model = ModelFolder.Load(folder);
        Assert.Equal(made.Columns, model.Columns);
        return model;
    }
}
