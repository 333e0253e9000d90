using System.Diagnostics;
using MLPlatform.Vlps.Batches;
using MLPlatform.Vlps.Declarations;
using MLPlatform.Vlps.Metrics;
using MLPlatform.Vlps.Networks;

namespace MLPlatform.Cli.Bench.Vlps;

/// <summary>Trains a model on made-up clicks in memory, in turns with torch if that is asked for, beside the machine's limits.</summary>
internal sealed class VlpsBench
{
    /// <summary>The seed whose click rate and best AUC are written down.</summary>
    public const ulong Seed = 20240;

    private const int Dim = 16, LineBytes = 64;

    private readonly VlpsBenchRequest _request;
    private readonly FieldBlock _train, _test;
    private readonly float[] _scores, _testScores;
    private readonly byte[] _testLabels;
    private readonly double _bestAuc, _clickRate;
    private double _scored;
    private long _tableRows, _tableBytes, _flops;
    private int _lines, _rowBytes;

    private VlpsBench(VlpsBenchRequest request)
    {
        _request = request;
        using SparseModel shape = Model(request.Rates[0]);
        FieldBlock all = shape.NewBlock();
        (_train, _test) = (shape.NewBlock(), shape.NewBlock());
        float[] chances = new float[request.Rows];
        new ClickData(Seed).Fill(all, request.Rows, chances);
        int rows = request.Rows * 9 / 10;
        _train.Take(all, [.. Enumerable.Range(0, rows)]);
        _test.Take(all, [.. Enumerable.Range(rows, request.Rows - rows)]);
        (_scores, _testScores) = (new float[rows], new float[_test.Rows]);
        _testLabels = [.. _test.Labels(0).ToArray().Select(l => (byte)l)];
        _bestAuc = Ranking.Auc(chances.AsSpan(rows), _testLabels) ?? 0;
        _clickRate = all.Labels(0).ToArray().Average(l => (double)l);
    }

    public static async Task<VlpsBenchFigures> MeasureAsync(VlpsBenchRequest request, CancellationToken cancel)
    {
        double load = BenchCommandLine.Load();
        var bench = new VlpsBench(request);
        string? data = request.Torch is null ? null : Directory.CreateTempSubdirectory("mlp-bench-").FullName;
        try
        {
            if (data is not null)
                new ClickData(Seed).Write(data, request.Rows);
            return await bench.MeasureAsync(data is null ? null : new TorchSide(request, data), load, cancel);
        }
        finally
        {
            if (data is not null)
                Directory.Delete(data, recursive: true);
        }
    }

    private async Task<VlpsBenchFigures> MeasureAsync(TorchSide? torch, double load, CancellationToken cancel)
    {
        // Compiles what is hot; and of several rates, the best of either side.
        double rate = Best([.. _request.Rates.Select(r => (r, Run(r).Auc))]);
        var tried = new List<(double Rate, double Auc)>();
        foreach (double r in torch is null ? [] : _request.TorchRates)
            tried.Add((r, (await torch!.RunAsync(r, cancel)).Auc));
        List<EpochRun> ours = [];
        List<MachineLimits> limits = []; // of the same seconds: neighbours take more of the machine at one time than at another
        List<double> computing = [];
        List<TorchRun> theirs = [];
        FieldBlock renumbered = Renumbered();
        Compute(renumbered, rate);
        for (int i = 0; i < _request.Repeats; i++)
        {
            ours.Add(Run(rate));
            computing.Add(Compute(renumbered, rate));
            limits.Add(MachineLimits.Measure(_request.Threads, _tableBytes));
            if (torch is not null)
                theirs.Add(await torch.RunAsync(Best(tried), cancel));
        }
        double speed = Median(ours.Select(r => r.SamplesPerSecond));
        return new VlpsBenchFigures
        {
            Model = _request.Model,
            Rows = _request.Rows,
            Threads = _request.Threads,
            Batch = _request.Batch,
            Precision = _request.Precision,
            Optimizer = _request.Optimizer,
            AnyThreads = _request.AnyThreads,
            Rate = rate,
            SamplesPerSecond = Math.Round(speed),
            EachSamplesPerSecond = [.. ours.Select(r => Math.Round(r.SamplesPerSecond))],
            EachAgainPerSecond = [.. ours.Select(r => Math.Round(r.AgainPerSecond))],
            EachComputedPerSecond = [.. computing.Select(c => Math.Round(c))],
            EachAuc = [.. ours.Select(r => Math.Round(r.Auc, 5))],
            Auc = Math.Round(Median(ours.Select(r => r.Auc)), 5),
            LogLoss = Math.Round(Median(ours.Select(r => r.LogLoss)), 5),
            BestAuc = Math.Round(_bestAuc, 5),
            ClickRate = Math.Round(_clickRate, 4),
            ScoredPerSecond = Math.Round(_scored),
            TableRows = _tableRows,
            TableMiB = _tableBytes >> 20,
            FlopsPerSample = _flops,
            RowBytes = _rowBytes,
            LinesPerSample = _lines,
            Limits = new MachineLimits(Median(limits.Select(l => l.GigaFlops)), Median(limits.Select(l => l.RandomLines)), _tableBytes >> 20, Median(limits.Select(l => l.NewBytes ?? 0))),
            EachLimits = limits,
            OfFlops = _flops == 0 ? null : Math.Round(Median(ours.Zip(limits, (r, l) => r.SamplesPerSecond * _flops / (l.GigaFlops * 1e9))), 3),
            OfLines = Math.Round(Median(ours.Zip(limits, (r, l) => r.SamplesPerSecond * _lines / l.RandomLines)), 3),
            OfLinesAndMemory = Math.Round(Median(ours.Zip(limits, (r, l) => r.SamplesPerSecond * LinesAndMemory(l))), 3),
            AgainOfLines = Math.Round(Median(ours.Zip(limits, (r, l) => r.AgainPerSecond * _lines / l.RandomLines)), 3),
            Torch = theirs.Count == 0 ? null : Figures(theirs, Best(tried), speed),
            LoadBefore = load,
            Machine = BenchMachine.This(),
        };
    }

    // Seconds of a sample.
    private double LinesAndMemory(MachineLimits limits) => (_lines / limits.RandomLines) + ((double)_tableBytes / _train.Rows / limits.NewBytes!.Value);

    private TorchFigures Figures(List<TorchRun> runs, double rate, double ours)
    {
        double speed = Median(runs.Select(r => r.SamplesPerSecond));
        return new TorchFigures(
            runs[0].Version, _request.TorchBatch, rate, speed, [.. runs.Select(r => r.SamplesPerSecond)],
            Median(runs.Select(r => r.Auc)), Math.Round(ours / speed, 2));
    }

    private EpochRun Run(double rate)
    {
        using SparseModel model = Model(rate);
        double speed = Pass(model, _train);
        long start = Stopwatch.GetTimestamp();
        model.Score(_test, 0, 0, _testScores);
        _scored = _test.Rows / Stopwatch.GetElapsedTime(start).TotalSeconds;
        (_tableRows, _tableBytes, _flops) = (model.Rows, model.Bytes, model.ProductFlops);
        _rowBytes = model.RowBytes;
        _lines = ClickData.Categories * (1 + ((_rowBytes + LineBytes - 1) / LineBytes));
        double loss = 0;
        for (int i = 0; i < _testScores.Length; i++)
            loss += Losses.LogLoss(_testScores[i], _testLabels[i]);
        double auc = Ranking.Auc(_testScores, _testLabels) ?? 0;
        return new EpochRun(speed, auc, loss / _testScores.Length, Pass(model, _train));
    }

    private double Compute(FieldBlock samples, double rate)
    {
        using SparseModel model = Model(rate);
        return Pass(model, samples);
    }

    private double Pass(SparseModel model, FieldBlock samples)
    {
        long start = Stopwatch.GetTimestamp();
        model.Train(samples, [_scores]);
        return samples.Rows / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    // Each batch with as many different ids as it has, but all batches with the same few: their rows stay in the processor's caches.
    private FieldBlock Renumbered()
    {
        using SparseModel shape = Model(_request.Rates[0]);
        FieldBlock block = shape.NewBlock();
        block.Take(_train, [.. Enumerable.Range(0, _train.Rows)]);
        Dictionary<ulong, ulong> numbers = [];
        for (int f = 0; f < block.Fields.Count; f++)
        {
            for (int row = 0; row < block.Rows; row++)
            {
                if (row % _request.Batch == 0)
                    numbers.Clear();
                ulong id = _train.Fields[f].Ids[row];
                if (!numbers.TryGetValue(id, out ulong number))
                    numbers[id] = number = ClickData.Mix((ulong)((f * _request.Batch) + numbers.Count));
                block.Fields[f].Set(row, number);
            }
        }
        return block;
    }

    private SparseModel Model(double rate)
    {
        var declaration = new ModelDeclaration
        {
            Model = System.Text.Json.JsonSerializer.Deserialize<ModelName>($"\"{_request.Model}\""),
            Fields = new FieldDeclaration { Dim = Dim, Rate = rate, FirstSquares = 1, Precision = _request.Precision, Optimizer = _request.Optimizer },
        };
        var columns = new SampleColumns(
            [.. Enumerable.Range(1, ClickData.Categories).Select(i => new SampleField($"C{i}", false, false))],
            [.. Enumerable.Range(1, ClickData.Numbers).Select(i => $"I{i}")]);
        return new SparseModel(declaration, columns, new SparseOptions { Batch = _request.Batch, Threads = _request.Threads, AnyThreads = _request.AnyThreads });
    }

    private static double Best(IReadOnlyList<(double Rate, double Auc)> tried) => tried.MaxBy(t => t.Auc).Rate;

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }

    private sealed record EpochRun(double SamplesPerSecond, double Auc, double LogLoss, double AgainPerSecond);
}
