using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using MLPlatform.Vlps.Arithmetic;
using MLPlatform.Vlps.Batches;
using MLPlatform.Vlps.Declarations;
using MLPlatform.Vlps.Stepping;

namespace MLPlatform.Vlps.Networks.Parts;

/// <summary>
/// A factorization machine, or a linear model, that reads the rows of the tables directly: no embedding is copied, and
/// the sum of a sample's factors is all that the step of the rows needs. Every id is a feature of its own, pooled or not.
/// </summary>
internal sealed unsafe class RowPairsPart : Part
{
    // Rows are asked for so many samples before they are read; the ring holds the addresses of at least so many.
    private const int Ahead = 2, Ring = 4;

    private readonly IReadOnlyList<FieldPlan> _fields;
    private readonly IReadOnlyList<RowUpdater> _updaters;
    private readonly int _head, _width, _numbers;
    private readonly bool _fast;
    private readonly Parameter _factors;

    /// <param name="width">Factors of a row, padded; 0 for a linear model.</param>
    public RowPairsPart(NetworkBuilder builder, string name, int head, IReadOnlyList<FieldPlan> fields, IReadOnlyList<RowUpdater> updaters, int width, int dim, int numbers)
    {
        (_head, _fields, _updaters, _width, _numbers) = (head, fields, updaters, width, width == 0 ? 0 : numbers);
        _fast = builder.Level == SimdLevel.Avx512 && width == 16;
        _factors = PairsPart.NumberFactors(builder, name, _numbers, width, dim);
        builder.Parts.Add(this);
    }

    public override void Forward(Lane lane)
    {
        new Span<float>(lane.Linear, lane.Padded).Clear();
        bool plain = true;
        for (int f = 0; f < _fields.Count; f++)
            plain &= !_fields[f].Many && !lane.Batch.Block.Fields[f].Weighted && _updaters[f].IsNarrow && _updaters[f].Layout == _updaters[0].Layout;
        if (_width == 0)
            SumWeights(lane);
        else if (lane.Batch.FieldSums is { } sums)
            ForwardSums(lane, sums);
        else if (_fast && plain)
            ForwardFast(lane);
        else
            ForwardAny(lane);
    }

    public override void Backward(Lane lane)
    {
        float* errors = lane.Errors(_head);
        for (int i = 0; i < lane.Rows && _numbers > 0; i++)
        {
            float* sums = lane.Batch.Sums + ((nint)(lane.First + i) * _width);
            PairsPart.NumberGradients(lane, _factors, lane.Numbers + ((nint)i * _numbers), _numbers, sums, _width, errors[i]);
        }
    }

    public override void Export(DenseGraph graph)
    {
        if (_width > 0)
            PairsPart.Export(graph, _head, _factors, _numbers, _width);
    }

    private void SumWeights(Lane lane)
    {
        for (int f = 0; f < _fields.Count; f++)
        {
            FieldColumn column = lane.Batch.Block.Fields[f];
            RowUpdater updater = _updaters[f];
            FieldIndex index = lane.Batch.Indexes[f];
            if (_fields[f].Many || column.Weighted)
            {
                for (int i = 0; i < lane.Rows; i++)
                {
                    foreach ((nint row, float value) in new Places(lane, f, i, _fields[f].Pooling))
                        lane.Linear[i] += value * updater.Weight((byte*)row);
                }
                continue;
            }
            fixed (nint* rows = index.Pointers)
            fixed (int* all = index.Places)
            {
                int* places = all + lane.First;
                float* weights = lane.Batch.Weights is { } taken ? taken.Of(f) : null, sums = lane.Linear;
                int count = lane.Rows;
                if (weights != null)
                {
                    for (int i = 0; i < count; i++)
                        sums[i] += weights[places[i]];
                    continue;
                }
                for (int i = 0; i < count; i++)
                    sums[i] += updater.Weight((byte*)rows[places[i]]);
            }
        }
    }

    // The rows were summed by those whose fields they are of.
    private void ForwardSums(Lane lane, FieldSums taken)
    {
        float* sums = lane.Batch.Sums + ((nint)lane.First * _width);
        taken.Total(lane.Number, lane.First, lane.Rows, sums, lane.Linear);
        float* numberFactors = lane.Parameters + _factors.Offset, logits = lane.Logits(_head);
        for (int i = 0; i < lane.Rows; i++)
        {
            Vector512<float> sum = Vector512.Load(sums + ((nint)i * 16)), squares = Vector512<float>.Zero;
            float* numbers = lane.Numbers + ((nint)i * _numbers);
            for (int n = 0; n < _numbers; n++)
            {
                Vector512<float> v = Vector512.Load(numberFactors + (n * 16)) * Vector512.Create(numbers[n]);
                sum += v;
                squares = Vector512.FusedMultiplyAdd(v, v, squares);
            }
            Vector512.Store(sum, sums + ((nint)i * 16));
            logits[i] += 0.5f * Vector512.Sum(Vector512.FusedMultiplyAdd(sum, sum, -squares));
        }
    }

    private void ForwardFast(Lane lane)
    {
        int fields = _fields.Count;
        int** places = stackalloc int*[fields];
        nint** pointers = stackalloc nint*[fields];
        // The rows of the samples that are on their way: each address is looked up once, when its row is asked for.
        byte** rows = stackalloc byte*[fields * Ring];
        for (int f = 0; f < fields; f++)
        {
            // Both arrays are pinned.
            places[f] = (int*)Unsafe.AsPointer(ref lane.Batch.Indexes[f].Places[0]) + lane.First;
            pointers[f] = (nint*)Unsafe.AsPointer(ref lane.Batch.Indexes[f].Pointers[0]);
            for (int i = 0; i < Math.Min(Ahead, lane.Rows); i++)
                rows[(i * fields) + f] = (byte*)pointers[f][places[f][i]];
        }
        int linear = _updaters[0].Layout.LinearOffset, factors = _updaters[0].Layout.FactorsOffset;
        float* numberFactors = lane.Parameters + _factors.Offset, logits = lane.Logits(_head);
        for (int i = 0; i < lane.Rows; i++)
        {
            Vector512<float> sum = Vector512<float>.Zero, squares = Vector512<float>.Zero;
            float weights = 0;
            int next = Math.Min(i + Ahead, lane.Rows - 1);
            byte** own = rows + (i % Ring * fields), later = rows + ((i + Ahead) % Ring * fields);
            for (int f = 0; f < fields; f++)
            {
                byte* row = own[f], fetched = (byte*)pointers[f][places[f][next]];
                Sse.Prefetch0(fetched);
                later[f] = fetched;
                weights += *(float*)(row + linear);
                Vector512<float> v = NoisyBFloat.Load16((ushort*)(row + factors));
                sum += v;
                squares = Vector512.FusedMultiplyAdd(v, v, squares);
            }
            float* numbers = lane.Numbers + ((nint)i * _numbers);
            for (int n = 0; n < _numbers; n++)
            {
                Vector512<float> v = Vector512.Load(numberFactors + (n * 16)) * Vector512.Create(numbers[n]);
                sum += v;
                squares = Vector512.FusedMultiplyAdd(v, v, squares);
            }
            Vector512.Store(sum, lane.Batch.Sums + ((nint)(lane.First + i) * 16));
            lane.Linear[i] = weights;
            logits[i] += 0.5f * Vector512.Sum(Vector512.FusedMultiplyAdd(sum, sum, -squares));
        }
    }

    private void ForwardAny(Lane lane)
    {
        float* v = stackalloc float[_width];
        float* numberFactors = lane.Parameters + _factors.Offset, logits = lane.Logits(_head);
        for (int i = 0; i < lane.Rows; i++)
        {
            float* sums = lane.Batch.Sums + ((nint)(lane.First + i) * _width);
            new Span<float>(sums, _width).Clear();
            float squares = 0;
            for (int f = 0; f < _fields.Count; f++)
            {
                foreach ((nint row, float value) in new Places(lane, f, i, _fields[f].Pooling))
                {
                    lane.Linear[i] += value * _updaters[f].Weight((byte*)row);
                    _updaters[f].Factors((byte*)row, v);
                    squares += Add(v, value, sums);
                }
            }
            float* numbers = lane.Numbers + ((nint)i * _numbers);
            for (int n = 0; n < _numbers; n++)
                squares += Add(numberFactors + (n * _width), numbers[n], sums);
            Vector256<float> total = Vector256<float>.Zero;
            for (int j = 0; j < _width; j += 8)
                total = Vector256.FusedMultiplyAdd(Vector256.Load(sums + j), Vector256.Load(sums + j), total);
            logits[i] += 0.5f * (Vector256.Sum(total) - squares);
        }
    }

    // Adds value · v to the sums, and returns the sum of its squares.
    private float Add(float* v, float value, float* sums)
    {
        Vector256<float> x = Vector256.Create(value), squares = Vector256<float>.Zero;
        for (int j = 0; j < _width; j += 8)
        {
            Vector256<float> t = Vector256.Load(v + j) * x;
            Vector256.Store(Vector256.Load(sums + j) + t, sums + j);
            squares = Vector256.FusedMultiplyAdd(t, t, squares);
        }
        return Vector256.Sum(squares);
    }
}
