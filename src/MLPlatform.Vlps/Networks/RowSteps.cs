using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using MLPlatform.Vlps.Arithmetic;
using MLPlatform.Vlps.Batches;
using MLPlatform.Vlps.Declarations;
using MLPlatform.Vlps.Stepping;

namespace MLPlatform.Vlps.Networks;

/// <summary>
/// The step of one field's rows after a batch: for each distinct id the gradients of its places are summed, in their
/// order, and its row is stepped once.
/// </summary>
internal sealed unsafe class RowSteps
{
    /// <summary>How many rows ahead are fetched into the cache.</summary>
    private const int Ahead = 8;

    private readonly Network _network;
    private readonly BatchView _batch;
    private readonly nint[] _offsets;

    public RowSteps(Network network, BatchView batch)
    {
        (_network, _batch) = (network, batch);
        // Where a sample's row begins in the input gradients; the same for every batch.
        _offsets = new nint[Math.Max(1, batch.Chunks * batch.Stride)];
        for (int i = 0; i < _offsets.Length; i++)
            _offsets[i] = ((nint)(i / batch.Stride) * batch.ChunkFloats) + ((nint)(i % batch.Stride) * Panels.Width);
    }

    /// <summary>Steps all rows of a field.</summary>
    /// <param name="empty">The row that stands for absent ones.</param>
    public void Step(int field, uint step, nint empty)
    {
        FieldPlan plan = _network.Fields[field];
        RowUpdater updater = _network.Updaters[field];
        FieldColumn column = _batch.Block.Fields[field];
        FieldIndex index = _batch.Indexes[field];
        if (plan.Many || column.Weighted)
            StepPooled(plan, updater, column, index, step, empty);
        else if (plan.Width == 0)
            StepWeights(updater, index, step, empty);
        else if (updater.IsFast && !ReadsPanels(plan))
            StepFast(plan, updater, index, step, empty);
        else
            StepPlain(plan, updater, index, step, empty);
    }

    private void StepWeights(RowUpdater updater, FieldIndex index, uint step, nint empty)
    {
        float* errors = _batch.Errors;
        fixed (int* next = index.Next)
        {
            for (int u = 0; u < index.Distinct; u++)
            {
                Fetch(index, u);
                byte* row = (byte*)index.Pointers[u];
                if ((nint)row == empty)
                    continue;
                float error = 0;
                for (int place = index.Heads[u]; place >= 0; place = next[place])
                    error += errors[place];
                updater.StepWeight(row, step, index.Lasts[u], error);
            }
        }
    }

    private void StepFast(FieldPlan plan, RowUpdater updater, FieldIndex index, uint step, nint empty)
    {
        if (_network.SumWidth > 0)
        {
            if (updater.IsNarrow)
                FastRowSteps.Step(new FactoredGradients<NarrowFactors>(_batch.Sums, updater.Layout.FactorsOffset), updater, index, _batch.Errors, step, empty);
            else
                FastRowSteps.Step(new FactoredGradients<WideFactors>(_batch.Sums, updater.Layout.FactorsOffset), updater, index, _batch.Errors, step, empty);
            return;
        }
        fixed (nint* offsets = _offsets)
            FastRowSteps.Step(new GatheredGradients(InputGradients(plan), offsets), updater, index, _batch.Errors, step, empty);
    }

    private void StepPlain(FieldPlan plan, RowUpdater updater, FieldIndex index, uint step, nint empty)
    {
        float* gradient = stackalloc float[plan.Width];
        for (int u = 0; u < index.Distinct; u++)
        {
            Fetch(index, u);
            byte* row = (byte*)index.Pointers[u];
            if ((nint)row == empty)
                continue;
            new Span<float>(gradient, plan.Width).Clear();
            float error = 0, squares = 0;
            for (int place = index.Heads[u]; place >= 0; place = index.Next[place])
                Add(plan, place, 1, gradient, ref error, ref squares);
            Finish(plan, updater, row, gradient, squares);
            updater.Step(row, index.Ids[u], step, index.Lasts[u], error, gradient);
        }
    }

    private void StepPooled(FieldPlan plan, RowUpdater updater, FieldColumn column, FieldIndex index, uint step, nint empty)
    {
        float* gradient = stackalloc float[Math.Max(8, plan.Width)];
        int begin = column.Start(_batch.First);
        for (int u = 0; u < index.Distinct; u++)
        {
            Fetch(index, u);
            byte* row = (byte*)index.Pointers[u];
            if ((nint)row == empty)
                continue;
            new Span<float>(gradient, plan.Width).Clear();
            (float error, float squares) = AddPlaces(plan, column, index, u, begin, gradient);
            Finish(plan, updater, row, gradient, squares);
            updater.Step(row, index.Ids[u], step, index.Lasts[u], error, gradient);
        }
    }

    /// <summary>What the places of each distinct id of a field give to the gradients of its row, for rows that are stepped elsewhere.</summary>
    /// <param name="field">Which field.</param>
    /// <param name="empty">The row that stands for absent ones, which get no gradients.</param>
    /// <param name="into">For each distinct id <see cref="GradientFloats"/>: those of the factors, as many as the field is wide, and behind them that of the linear weight.</param>
    public void Gradients(int field, nint empty, float* into)
    {
        FieldPlan plan = _network.Fields[field];
        RowUpdater updater = _network.Updaters[field];
        FieldColumn column = _batch.Block.Fields[field];
        FieldIndex index = _batch.Indexes[field];
        int begin = column.Start(_batch.First), stride = GradientFloats(plan);
        NativeMemory.Clear(into, (nuint)index.Distinct * (nuint)stride * sizeof(float));
        for (int u = 0; u < index.Distinct; u++, into += stride)
        {
            if (index.Pointers[u] == empty)
                continue;
            (float error, float squares) = AddPlaces(plan, column, index, u, begin, into);
            Finish(plan, updater, (byte*)index.Pointers[u], into, squares);
            into[plan.Width] = error;
        }
    }

    /// <summary>Floats of the gradients of a field's row; so many that those of the next begin where vectors do.</summary>
    public static int GradientFloats(FieldPlan plan) => plan.Width + 8;

    // What all places of a distinct id give, those of sequences and with values too.
    private (float Error, float Squares) AddPlaces(FieldPlan plan, FieldColumn column, FieldIndex index, int u, int begin, float* gradient)
    {
        float error = 0, squares = 0;
        for (int place = index.Heads[u]; place >= 0; place = index.Next[place])
        {
            int sample = plan.Many ? index.Samples[place] : place;
            float value = column.Weighted ? column.ValueArray[begin + place] : 1f;
            if (plan.Pooling == Pooling.Mean)
                value /= column.Start(_batch.First + sample + 1) - column.Start(_batch.First + sample);
            Add(plan, sample, value, gradient, ref error, ref squares);
        }
        return (error, squares);
    }

    // Adds what one place gives to the gradients of its row.
    private void Add(FieldPlan plan, int sample, float value, float* gradient, ref float error, ref float squares)
    {
        float slope = value * _batch.Errors[sample];
        error += slope;
        squares += slope * value;
        if (plan.Width == 0)
            return;
        float* from = _network.SumWidth > 0 ? _batch.Sums + ((nint)sample * plan.Width) : InputGradients(plan) + _offsets[sample];
        Vector256<float> scale = Vector256.Create(_network.SumWidth > 0 ? slope : value);
        if (ReadsPanels(plan))
        {
            float* first = from - Panels.At(_batch.Stride, 0, plan.Column);
            for (int j = 0; j < plan.Width; j += 8)
                Vector256.Store(Vector256.FusedMultiplyAdd(scale, Vector256.Load(first + Panels.At(_batch.Stride, 0, plan.Column + j)), Vector256.Load(gradient + j)), gradient + j);
            return;
        }
        for (int j = 0; j < plan.Width; j += 8)
            Vector256.Store(Vector256.FusedMultiplyAdd(scale, Vector256.Load(from + j), Vector256.Load(gradient + j)), gradient + j);
    }

    // Whether gradients of a row come from several panels.
    private bool ReadsPanels(FieldPlan plan) => _network.SumWidth == 0 && plan.IsSplit;

    // A factorization machine's gradients come from sums that hold the row's own factors; here they are taken out.
    private void Finish(FieldPlan plan, RowUpdater updater, byte* row, float* gradient, float squares)
    {
        if (_network.SumWidth == 0 || plan.Width == 0)
            return;
        float* v = stackalloc float[plan.Width];
        updater.Factors(row, v);
        for (int j = 0; j < plan.Width; j += 8)
            Vector256.Store(Vector256.FusedMultiplyAdd(Vector256.Create(-squares), Vector256.Load(v + j), Vector256.Load(gradient + j)), gradient + j);
    }

    private float* InputGradients(FieldPlan plan) =>
        _batch.InputGradients + _network.Inputs[plan.Group].Gradients + Panels.At(_batch.Stride, 0, plan.Column);

    private static void Fetch(FieldIndex index, int u)
    {
        if (Sse.IsSupported && u + Ahead < index.Distinct)
            Sse.Prefetch0((void*)index.Pointers[u + Ahead]);
    }
}
