using System.Diagnostics;
using MLPlatform.Vlps.Batches;
using MLPlatform.Vlps.Declarations;
using MLPlatform.Vlps.Models;
using MLPlatform.Vlps.Networks;
using MLPlatform.Vlps.Rows;
using MLPlatform.Vlps.Training;

namespace MLPlatform.Cli.Bench.Vlps;

/// <param name="Model">Name of a declared model.</param>
/// <param name="ScoredBatch">Rows that are scored at once.</param>
internal sealed record FileBenchRequest(int Rows, string Model, int Threads, int Batch, int ScoredBatch, int Repeats);

/// <summary>What <c>mlp bench vlps-files</c> measured: one pass each over the same rows, in turns.</summary>
internal sealed record FileBenchFigures
{
    public required string Model { get; init; }
    public required int Rows { get; init; }
    public required int Threads { get; init; }
    public required int Batch { get; init; }

    /// <summary>Samples a second on samples that lie encoded in memory; median.</summary>
    public required double FromMemory { get; init; }
    public required IReadOnlyList<double> EachFromMemory { get; init; }

    /// <summary>Samples a second from a Parquet file, reading and encoding included, as pipelines train; median.</summary>
    public required double FromParquet { get; init; }
    public required IReadOnlyList<double> EachFromParquet { get; init; }

    /// <summary>One over the other.</summary>
    public required double OfMemory { get; init; }

    /// <summary>Bytes of the file.</summary>
    public required long FileBytes { get; init; }

    /// <summary>Rows a second that one thread scores with the model's folder, as the server does: raw rows in, chances out; median.</summary>
    public required double Scored { get; init; }
    public required IReadOnlyList<double> EachScored { get; init; }
    public required int ScoredBatch { get; init; }

    /// <summary>Ids of the model.</summary>
    public required long TableRows { get; init; }

    /// <summary>Runnable processes of the machine before, on average over a minute.</summary>
    public required double LoadBefore { get; init; }
    public required BenchMachine Machine { get; init; }
}

/// <summary>Trains on made-up clicks from a Parquet file and from memory in turns, and scores raw rows with the folder that comes out.</summary>
internal sealed class FileBench(FileBenchRequest request, string folder)
{
    private const double ScoreSeconds = 1;

    private readonly string _file = Path.Combine(folder, "clicks.parquet"), _model = Path.Combine(folder, "model");

    public static FileBenchFigures Measure(FileBenchRequest request, CancellationToken cancel)
    {
        string folder = Directory.CreateTempSubdirectory("mlp-bench-").FullName;
        try
        {
            return new FileBench(request, folder).Measure(cancel);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private FileBenchFigures Measure(CancellationToken cancel)
    {
        double load = BenchCommandLine.Load();
        var clicks = new ClickFile(VlpsBench.Seed);
        clicks.Write(_file, request.Rows);
        FieldBlock samples = ReadAll();
        ColumnBatch[] requests = [.. Enumerable.Range(0, 64).Select(i => clicks.Batch(i * request.ScoredBatch, request.ScoredBatch))];
        List<double> memory = [], parquet = [], scored = [];
        NetworkResult trained = FromParquet(cancel); // The first compiles what is hot, and counts for nothing.
        for (int i = -1; i < request.Repeats; i++)
        {
            double speed = FromMemory(samples);
            trained = FromParquet(cancel);
            double rows = Score(requests);
            if (i < 0)
                continue;
            memory.Add(speed);
            parquet.Add(trained.SamplesPerSecond);
            scored.Add(rows);
        }
        return new FileBenchFigures
        {
            Model = request.Model,
            Rows = request.Rows,
            Threads = request.Threads,
            Batch = request.Batch,
            FromMemory = Math.Round(Median(memory)),
            EachFromMemory = [.. memory.Select(r => Math.Round(r))],
            FromParquet = Math.Round(Median(parquet)),
            EachFromParquet = [.. parquet.Select(r => Math.Round(r))],
            OfMemory = Math.Round(Median(parquet) / Median(memory), 3),
            FileBytes = new FileInfo(_file).Length,
            Scored = Math.Round(Median(scored)),
            EachScored = [.. scored.Select(r => Math.Round(r))],
            ScoredBatch = request.ScoredBatch,
            TableRows = trained.TableRows,
            LoadBefore = load,
            Machine = BenchMachine.This(),
        };
    }

    private SparseOptions Options => new() { Batch = request.Batch, Threads = request.Threads };

    private ModelDeclaration Declaration => new()
    {
        Model = System.Text.Json.JsonSerializer.Deserialize<ModelName>($"\"{request.Model}\""),
        Fields = new FieldDeclaration { Dim = 16, FirstSquares = 1 },
    };

    private FieldSamples Samples(int blockRows = 65_536) => new([_file], ClickFile.Features, [new LabelColumn("label", [])], blockRows: blockRows, blockIds: int.MaxValue);

    private FieldBlock ReadAll()
    {
        using var shape = new SparseModel(Declaration, FieldEncoder.FieldsOf(ClickFile.Features), Options);
        return Samples(request.Rows).Read(shape.NewBlock()).First();
    }

    private double FromMemory(FieldBlock samples)
    {
        using var model = new SparseModel(Declaration, FieldEncoder.FieldsOf(ClickFile.Features), Options);
        float[] scores = new float[samples.Rows];
        long start = Stopwatch.GetTimestamp();
        model.Train(samples, [scores]);
        return samples.Rows / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private NetworkResult FromParquet(CancellationToken cancel)
    {
        if (Directory.Exists(_model))
            Directory.Delete(_model, recursive: true);
        double? speed = null;
        // Told after the last block, before the files of the model are written.
        NetworkResult result = NetworkTraining.Run(
            new NetworkOptions { Declaration = Declaration, Sparse = Options, WithState = false }, ClickFile.Features, Samples(), null, _model, p => speed = p.Ended is null ? p.SamplesPerSecond : speed, cancel);
        ModelFolder.SaveNetwork(_model, new ModelDescription { Kind = ModelFolder.NetworkKind, Label = new LabelColumn("label", []), Network = result.Weights }, ClickFile.Features);
        return result with { SamplesPerSecond = speed ?? result.SamplesPerSecond };
    }

    private double Score(ColumnBatch[] requests)
    {
        using ModelFolder model = ModelFolder.Load(_model);
        float[] chances = new float[request.ScoredBatch];
        ulong[] hashes = new ulong[request.ScoredBatch];
        long rows = 0, start = 0;
        for (int i = -requests.Length; start == 0 || Stopwatch.GetElapsedTime(start).TotalSeconds < ScoreSeconds; i++)
        {
            if (i == 0)
                (rows, start) = (0, Stopwatch.GetTimestamp());
            model.Score(requests[(i + requests.Length) % requests.Length], chances, hashes);
            rows += request.ScoredBatch;
        }
        return rows / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }
}
