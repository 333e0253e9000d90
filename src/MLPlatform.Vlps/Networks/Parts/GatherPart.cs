using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using MLPlatform.Vlps.Arithmetic;
using MLPlatform.Vlps.Batches;
using MLPlatform.Vlps.Stepping;

namespace MLPlatform.Vlps.Networks.Parts;

/// <summary>Fills an input: the fields' embeddings from the rows of the tables, then numbers. And sums linear weights.</summary>
internal sealed unsafe class GatherPart : Part
{
    /// <summary>How many samples ahead rows are fetched into the cache.</summary>
    private const int Ahead = 12;

    private readonly Tensor _input;
    private readonly InputGroup _group;
    private readonly IReadOnlyList<FieldPlan> _fields;
    private readonly IReadOnlyList<RowUpdater> _updaters;
    private readonly int _stride, _numbers;
    private readonly bool _first, _wide;

    /// <param name="first">Whether this is the first gathering, which begins the sums of linear weights.</param>
    /// <param name="numbers">Numbers of a sample, of all inputs.</param>
    /// <param name="updaters">Readers of the fields' rows.</param>
    public GatherPart(NetworkBuilder builder, Tensor input, InputGroup group, IReadOnlyList<FieldPlan> fields, IReadOnlyList<RowUpdater> updaters, int numbers, bool first)
    {
        (_input, _group, _fields, _updaters, _stride) = (input, group, fields, updaters, builder.Stride);
        (_numbers, _first, _wide) = (numbers, first, builder.Level == SimdLevel.Avx512);
        builder.Parts.Add(this);
    }

    public override void Forward(Lane lane)
    {
        if (_first)
            new Span<float>(lane.Linear, lane.Padded).Clear();
        foreach (int field in _group.Fields)
        {
            FieldPlan plan = _fields[field];
            FieldColumn column = lane.Batch.Block.Fields[field];
            if (plan.Many || column.Weighted)
                Pool(lane, plan, _updaters[field], column, lane.Batch.Indexes[field]);
            else if (plan.IsSplit)
                CopySplit(lane, plan, _updaters[field], lane.Batch.Indexes[field]);
            else
                Copy(lane, _updaters[field], lane.Batch.Indexes[field], lane.Values(_input) + Panels.At(_stride, 0, plan.Column));
        }
        CopyNumbers(lane);
        if (lane.Padded > lane.Rows)
            ClearPadding(lane);
    }

    public override void Backward(Lane lane)
    {
        // The rows are stepped after the batch, from the input's gradients.
    }

    public override void Export(DenseGraph graph)
    {
        List<string> columns = _group.Fields.Count == _fields.Count ? [graph.Embeddings] : [.. _group.Fields.Select(f => graph.Factors[f])];
        if (_group.Numbers.Count > 0)
            columns.Add(_group.Numbers.Count == _numbers ? graph.Numbers! : graph.Columns(graph.Numbers!, _group.Numbers));
        graph[_input] = graph.Beside([.. columns]);
    }

    private void Copy(Lane lane, RowUpdater updater, FieldIndex index, float* into)
    {
        bool linear = updater.Layout.Linear, wide = _wide && updater.Layout.Dim == 16 && updater.IsNarrow;
        int last = index.Count - 1;
        fixed (nint* rows = index.Pointers)
        fixed (int* all = index.Places)
        {
            for (int i = 0; i < lane.Rows; i++, into += Panels.Width)
            {
                if (Sse.IsSupported)
                    Sse.Prefetch0((void*)rows[all[Math.Min(last, lane.First + i + Ahead)]]);
                byte* row = (byte*)rows[all[lane.First + i]];
                if (linear)
                    lane.Linear[i] += updater.Weight(row);
                if (wide)
                    Vector512.Store(NoisyBFloat.Load16(updater.Narrow(row)), into);
                else
                    updater.Factors(row, into);
            }
        }
    }

    private void CopySplit(Lane lane, FieldPlan plan, RowUpdater updater, FieldIndex index)
    {
        float* factors = stackalloc float[plan.Width];
        for (int i = 0; i < lane.Rows; i++)
        {
            byte* row = (byte*)index.RowOf(lane.First + i);
            if (updater.Layout.Linear)
                lane.Linear[i] += updater.Weight(row);
            updater.Factors(row, factors);
            Spread(lane, plan, i, factors);
        }
    }

    // Eight columns never lie in two panels.
    private void Spread(Lane lane, FieldPlan plan, int row, float* factors)
    {
        float* values = lane.Values(_input);
        for (int j = 0; j < plan.Width; j += 8)
            Vector256.Store(Vector256.Load(factors + j), values + Panels.At(_stride, row, plan.Column + j));
    }

    private void Pool(Lane lane, FieldPlan plan, RowUpdater updater, FieldColumn column, FieldIndex index)
    {
        float* factors = stackalloc float[plan.Width], sum = stackalloc float[plan.Width];
        int begin = column.Start(lane.Batch.First), first = lane.Batch.First + lane.First;
        for (int i = 0; i < lane.Rows; i++)
        {
            new Span<float>(sum, plan.Width).Clear();
            int start = column.Start(first + i), end = column.Start(first + i + 1);
            float share = plan.Pooling == Declarations.Pooling.Mean ? 1f / Math.Max(1, end - start) : 1f;
            for (int place = start; place < end; place++)
            {
                byte* row = (byte*)index.RowOf(place - begin);
                float scale = share * (column.Weighted ? column.ValueArray[place] : 1f);
                if (updater.Layout.Linear)
                    lane.Linear[i] += scale * updater.Weight(row);
                updater.Factors(row, factors);
                for (int j = 0; j < plan.Width; j += 8)
                    Vector256.Store(Vector256.FusedMultiplyAdd(Vector256.Create(scale), Vector256.Load(factors + j), Vector256.Load(sum + j)), sum + j);
            }
            Spread(lane, plan, i, sum);
        }
    }

    private void CopyNumbers(Lane lane)
    {
        float* values = lane.Values(_input);
        for (int n = 0; n < _group.Numbers.Count; n++)
        {
            float* into = values + Panels.At(_stride, 0, _group.Embedded + n), from = lane.Numbers + _group.Numbers[n];
            for (int i = 0; i < lane.Rows; i++)
                into[i * Panels.Width] = from[i * _numbers];
        }
    }

    private void ClearPadding(Lane lane)
    {
        for (int panel = 0; panel < _input.PanelCount; panel++)
            new Span<float>(lane.Values(_input) + Panels.At(_stride, lane.Rows, panel * Panels.Width), (lane.Padded - lane.Rows) * Panels.Width).Clear();
    }
}
