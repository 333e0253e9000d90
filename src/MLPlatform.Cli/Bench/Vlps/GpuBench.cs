using System.Diagnostics;
using System.Net.Http.Json;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using MLPlatform.Core.Usage;
using MLPlatform.Server.Describe;
using MLPlatform.Server.Runs;

namespace MLPlatform.Cli.Bench.Vlps;

/// <summary>
/// Runs samples/torch-click as anybody would: on a server, through its process executor, with a GPU that the scheduler allots. Then vlps on the
/// same samples, without a server. One after another, so that they have the machine to themselves.
/// </summary>
internal sealed class GpuBench(GpuBenchRequest request, HttpClient client, string home)
{
    private const string Sample = "samples/torch-click/";

    public static async Task<GpuBenchFigures> MeasureAsync(GpuBenchRequest request, CancellationToken cancel)
    {
        double load = BenchCommandLine.Load();
        GpuFacts? gpu = await GpuFacts.FirstAsync(cancel);
        string home = Directory.CreateTempSubdirectory("mlp-bench-").FullName;
        Process? server = null;
        try
        {
            (server, string address) = await ServingBench.StartAsync(home, Environment.ProcessorCount, _ => { }, cancel);
            using HttpClient client = new() { BaseAddress = new Uri(address.TrimEnd('/') + "/"), Timeout = TimeSpan.FromMinutes(10) };
            IReadOnlyList<TorchTraining> torch = await new GpuBench(request, client, home).TrainAllAsync(cancel);
            server.Kill();
            List<CpuTraining> vlps = [];
            foreach (int threads in request.Threads)
                vlps.Add(CpuTraining.From(await VlpsBench.MeasureAsync(new VlpsBenchRequest(request.Rows, "deepfm", threads, VlpsBenchCommand.Batch, request.Rates, request.Repeats, false, null, "", 0, []), cancel)));
            return new GpuBenchFigures { Rows = request.Rows, Gpu = gpu, Torch = torch, Vlps = vlps, LoadBefore = load, Machine = BenchMachine.This() };
        }
        finally
        {
            if (server is not null)
            {
                server.Kill();
                await server.WaitForExitAsync(CancellationToken.None);
                server.Dispose();
            }
            BenchCommandLine.EndSupervisor(home);
            Directory.Delete(home, recursive: true);
        }
    }

    private async Task<IReadOnlyList<TorchTraining>> TrainAllAsync(CancellationToken cancel)
    {
        List<TorchTraining> all = [];
        foreach (int batch in request.Gpu == "0" ? [] : request.Batches)
            all.Add(await TrainAsync("cuda", batch, request.Rates, cancel));
        // What was best on the GPU is best here: the steps are the same.
        if (request.Cpu || request.Gpu == "0")
            all.Add(await TrainAsync("cpu", request.Batches[0], all.Count == 0 ? request.Rates : [all[0].Told.Rate], cancel));
        return all;
    }

    private async Task<TorchTraining> TrainAsync(string device, int batch, double[] rates, CancellationToken cancel)
    {
        bool alone = device == "cpu";
        object parameters = new
        {
            python = request.Python,
            rows = request.Rows,
            device,
            batch,
            rates,
            repeats = request.Repeats,
            seconds = alone ? 0 : request.Seconds,
            keep = false,
        };
        using HttpResponseMessage started = await client.PostAsJsonAsync("api/v1/runs", new { file = new { pipeline = await PipelineAsync(alone ? "0" : request.Gpu, cancel) }, parameters }, cancel);
        JsonElement run = await started.Content.ReadFromJsonAsync<JsonElement>(cancel);
        if (!started.IsSuccessStatusCode)
            throw new InvalidOperationException($"samples/torch-click could not be started: {run}");
        string id = run.GetProperty("id").GetString()!;
        JsonElement ended = await EndAsync(id, cancel);
        JsonElement train = ended.GetProperty("activities").EnumerateArray().Single(a => a.GetProperty("name").GetString() == "train");
        int node = train.GetProperty("node").GetInt32();
        JsonElement attempt = (await client.GetFromJsonAsync<JsonElement>($"api/v1/runs/{id}/attempts", cancel)).EnumerateArray().Last(a => a.GetProperty("node").GetInt32() == node);
        JsonElement tracked = await client.GetFromJsonAsync<JsonElement>($"api/2.0/mlflow/metrics/get-history?run_id={attempt.GetProperty("id").GetString()}&metric_key=auc", cancel);
        RunScore score = (await client.GetFromJsonAsync<RunScore>($"api/v1/runs/{id}/score", JsonSetup.ClientOptions, cancel))!;
        return new TorchTraining
        {
            Told = train.GetProperty("outputs").Deserialize<TorchOutputs>(JsonSetup.ClientOptions)!,
            Seconds = attempt.GetProperty("seconds").GetDouble(),
            Usage = attempt.TryGetProperty("usage", out JsonElement usage) ? usage.Deserialize<AttemptUsage>(JsonSetup.ClientOptions) : null,
            Score = score.Activities.FirstOrDefault(a => a.Activity == "train"),
            TrackedPoints = tracked.GetProperty("metrics").GetArrayLength(),
        };
    }

    private async Task<JsonElement> EndAsync(string run, CancellationToken cancel)
    {
        try
        {
            return await ServingBench.EndAsync(client, run, cancel);
        }
        catch (InvalidOperationException failed)
        {
            using HttpResponseMessage log = await client.GetAsync($"api/v1/runs/{run}/activities/train/log", cancel);
            throw new InvalidOperationException($"{failed.Message}\n{await log.Content.ReadAsStringAsync(cancel)}", failed); // The server and its home go now.
        }
    }

    /// <summary>The sample as it ships, with the script beside it, asking for what the bench was told.</summary>
    private async Task<string> PipelineAsync(string gpu, CancellationToken cancel)
    {
        string script = Path.Combine(home, "train.py");
        await File.WriteAllTextAsync(script, Shipped("train.py"), cancel);
        JsonNode file = JsonNode.Parse(Shipped("pipeline.json"))!;
        file["parameters"]!["script"]!["default"] = script;
        JsonNode train = file["activities"]!["train"]!;
        train["inputs"]!["code"] = new JsonArray(script);
        train["resources"] = new JsonObject { ["cpu"] = gpu == "0" ? Environment.ProcessorCount : Math.Min(2, Environment.ProcessorCount), ["gpu"] = gpu };
        return file.ToJsonString();
    }

    private static string Shipped(string name)
    {
        using StreamReader reader = new(Assembly.GetExecutingAssembly().GetManifestResourceStream(Sample + name)!);
        return reader.ReadToEnd();
    }
}
