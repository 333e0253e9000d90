using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.RegularExpressions;
using MLPlatform.IntegrationTests.Deployments;
using MLPlatform.Vlps.Batches;
using MLPlatform.Vlps.Declarations;
using MLPlatform.Vlps.Models;
using MLPlatform.Vlps.Rows;
using MLPlatform.Vlps.Tables;
using Xunit;

namespace MLPlatform.IntegrationTests.Training;

/// <summary>The Python of docs/model-format.md, run as it stands there. Where Python has no onnxruntime, a stand-in calls the library that .NET brings.</summary>
public sealed partial class DocumentedPythonTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mlp-python-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(Precision.BFloat16, 16)]
    [InlineData(Precision.Float32, 5)]
    public async Task It_scores_a_model_folder_as_the_product_does(Precision precision, int dim)
    {
        Assert.SkipUnless(await HasAsync("numpy"), "/usr/bin/python3 has no numpy (Debian: python3-numpy)");
        string folder = Path.Combine(_folder, "model");
        SmallModels.Train(folder, "a", new ModelDeclaration { Model = ModelName.DeepFm, Fields = new FieldDeclaration { Dim = dim, Precision = precision, Rate = 0.3 }, Layers = [8] });
        using ModelFolder model = ModelFolder.Load(folder);
        ColumnBatch batch = ColumnBatch.FromJson(model.Columns, [.. Enumerable.Range(0, 20).Select(i => JsonSerializer.SerializeToElement(new { app = "abcdxyz"[i % 7].ToString(), price = i * 0.1 }))]);
        float[] expected = new float[batch.Rows];
        model.Score(batch, expected);
        Assert.True(expected.Distinct().Count() > 10, "scores that are all the same show nothing");
        string given = JsonSerializer.Serialize(new { folder, files = ModelInspection.Of(folder).Fields.ToDictionary(f => f.Name, f => f.Rows), samples = SamplesOf(model, batch) });
        string[] program = ["import json", $"globals().update(json.loads(r'''{given}'''))", Snippet(), "print(json.dumps(chance[:, 0].tolist()))"];
        float[] chances = JsonSerializer.Deserialize<float[]>(await RunAsync(string.Join('\n', program)))!;
        Assert.Equal(expected.Length, chances.Length);
        Assert.All(expected.Zip(chances), pair => Assert.Equal(1, pair.Second / (double)pair.First, 1e-5));
    }

    private static string Snippet()
    {
        Match found = PythonBlock.Match(File.ReadAllText(Path.Combine(Repository.Root, "docs", "model-format.md")));
        Assert.True(found.Success);
        return found.Groups[1].Value;
    }

    // Of each row and field its ids with their values.
    private static List<Dictionary<string, List<object[]>>> SamplesOf(ModelFolder model, ColumnBatch batch)
    {
        FieldEncoder encoder = new(model.Features);
        FieldBlock block = new(new BlockShape([.. encoder.Fields.Fields.Select(f => (f.Many, f.Weighted))], 0, 1));
        encoder.Bind(batch);
        encoder.Encode(0, batch.Rows, block);
        return [.. Enumerable.Range(0, batch.Rows).Select(row => encoder.Fields.Fields.Zip(block.Fields).ToDictionary(f => f.First.Name, f => IdsOf(f.Second, row)))];
    }

    private static List<object[]> IdsOf(FieldColumn field, int row)
    {
        List<object[]> ids = [];
        for (int i = field.Start(row); i < field.Start(row + 1); i++)
            ids.Add([field.Ids[i], field.Weighted ? field.Values[i] : 1f]);
        return ids;
    }

    private static async Task<bool> HasAsync(string module)
    {
        try
        {
            using Process python = Process.Start(new ProcessStartInfo("/usr/bin/python3", ["-c", $"import {module}"]) { RedirectStandardError = true })!;
            await python.WaitForExitAsync(Cancel);
            return python.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    private async Task<string> RunAsync(string program)
    {
        string file = Path.Combine(_folder, "score.py");
        await File.WriteAllTextAsync(file, program, Cancel);
        ProcessStartInfo start = new("/usr/bin/python3", [file]) { RedirectStandardOutput = true, RedirectStandardError = true };
        if (!await HasAsync("onnxruntime"))
        {
            start.Environment["PYTHONPATH"] = Path.Combine(Repository.Root, "tests", "MLPlatform.IntegrationTests", "Training", "python");
            start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
            start.Environment["ONNXRUNTIME_LIBRARY"] = Path.Combine(
                AppContext.BaseDirectory, "runtimes", $"linux-{RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}", "native", "libonnxruntime.so");
        }
        using Process python = Process.Start(start)!;
        Task<string> output = python.StandardOutput.ReadToEndAsync(Cancel), error = python.StandardError.ReadToEndAsync(Cancel);
        await python.WaitForExitAsync(Cancel);
        Assert.True(python.ExitCode == 0, await error);
        return await output;
    }

    [GeneratedRegex("```python\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex PythonBlock { get; }
}
