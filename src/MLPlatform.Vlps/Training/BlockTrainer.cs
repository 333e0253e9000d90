using MLPlatform.Vlps.Models;

namespace MLPlatform.Vlps.Training;

/// <summary>Trains a model on blocks, one after another.</summary>
internal sealed unsafe class BlockTrainer : IDisposable
{
    private readonly VlpsModel _model;
    private readonly TrainingOptions _options;
    private readonly FirstFactors _fresh;
    private readonly StepSizes _step;
    private readonly Crew _crew;
    private readonly float[] _errors;
    private readonly float[] _sums;
    private int _next;

    public BlockTrainer(VlpsModel model, TrainingOptions options)
    {
        _model = model;
        _options = options;
        _fresh = new FirstFactors((ulong)options.Seed, model.Dim, options.FactorScale);
        _step = new StepSizes(options.LearningRate, options.L2, options.FirstSquares);
        _crew = new Crew(options.Threads);
        _errors = new float[options.Batch];
        _sums = GC.AllocateArray<float>(options.Batch * Math.Max(8, model.Table.Width), pinned: true);
    }

    public void Train(TrainingBlock block)
    {
        _next = 0;
        if (_options.Updates == Updates.Hogwild)
            _crew.Run(_ => Race(block));
        else
            _crew.Run(member => TrainInOrder(block, member));
    }

    // Phase one: each member takes its part of the batch and computes errors at weights that nobody changes meanwhile.
    // Phase two: each member walks the whole batch in order and changes only the rows that are its own. So neither the
    // number of threads nor their speed can be seen in the result.
    private void TrainInOrder(TrainingBlock block, int member)
    {
        int members = _crew.Size;
        for (int from = 0; from < block.Count; from += _options.Batch)
        {
            int count = Math.Min(_options.Batch, block.Count - from);
            Evaluate(block, from, count * member / members, count * (member + 1) / members);
            _crew.Barrier.Wait();
            if (member == 0)
                UpdateBias(count);
            UpdateOwn(block, from, count, member, members);
            _crew.Barrier.Wait();
        }
    }

    private void Evaluate(TrainingBlock block, int from, int begin, int end)
    {
        int width = _model.Table.Width;
        fixed (uint* rows = block.Rows)
        fixed (float* values = block.Values, sums = _sums)
        {
            for (int i = begin; i < end; i++)
            {
                int sample = from + i, start = block.Start(sample);
                float margin = Kernels.Margin(
                    _model.Table, _model.Bias, rows + start, values + start, block.Ends[sample] - start, block.Features - start,
                    sums + i * width, _fresh);
                float score = Kernels.Sigmoid(margin);
                block.Scores[sample] = score;
                _errors[i] = (score - block.Labels[sample]) * block.Weights[sample];
            }
        }
    }

    private void UpdateOwn(TrainingBlock block, int from, int count, int member, int members)
    {
        WeightTable table = _model.Table;
        int width = table.Width, bits = table.HashBits;
        fixed (uint* rows = block.Rows)
        fixed (float* values = block.Values, sums = _sums)
        {
            for (int i = 0; i < count; i++)
            {
                float error = _errors[i];
                int end = block.Ends[from + i];
                for (int f = block.Start(from + i); f < end; f++)
                {
                    if (members == 1 || (int)(((ulong)rows[f] * (uint)members) >> bits) == member)
                        Kernels.Update(table, rows[f], values[f], error, sums + i * width, _step, _fresh);
                }
            }
        }
    }

    private void UpdateBias(int count)
    {
        float bias = _model.Bias, squares = _model.BiasSquares;
        for (int i = 0; i < count; i++)
        {
            squares += _errors[i] * _errors[i];
            bias -= _step.Rate * _errors[i] / MathF.Sqrt(squares);
        }
        (_model.Bias, _model.BiasSquares) = (bias, squares);
    }

    private void Race(TrainingBlock block)
    {
        const int Chunk = 256;
        WeightTable table = _model.Table;
        float* sum = stackalloc float[WeightTable.MaxDim];
        fixed (uint* rows = block.Rows)
        fixed (float* values = block.Values)
        {
            for (int begin = Interlocked.Add(ref _next, Chunk) - Chunk; begin < block.Count; begin = Interlocked.Add(ref _next, Chunk) - Chunk)
            {
                for (int i = begin; i < Math.Min(begin + Chunk, block.Count); i++)
                    RaceOne(block, i, rows, values, sum, table);
            }
        }
    }

    private void RaceOne(TrainingBlock block, int sample, uint* rows, float* values, float* sum, WeightTable table)
    {
        int start = block.Start(sample), end = block.Ends[sample];
        float score = Kernels.Sigmoid(Kernels.Margin(
            table, _model.Bias, rows + start, values + start, end - start, block.Features - start, sum, _fresh));
        block.Scores[sample] = score;
        float error = (score - block.Labels[sample]) * block.Weights[sample];
        float squares = _model.BiasSquares + error * error;
        _model.BiasSquares = squares;
        _model.Bias -= _step.Rate * error / MathF.Sqrt(squares);
        for (int f = start; f < end; f++)
            Kernels.Update(table, rows[f], values[f], error, sum, _step, _fresh);
    }

    public void Dispose() => _crew.Dispose();
}
