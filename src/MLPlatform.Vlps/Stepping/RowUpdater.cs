using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using MLPlatform.Vlps.Arithmetic;
using MLPlatform.Vlps.Features;
using MLPlatform.Vlps.Tables;

namespace MLPlatform.Vlps.Stepping;

/// <summary>
/// Reads and steps the rows of one table: weight and factors by the optimizer and precision of its layout. A step is a
/// function of row, gradient, seed, step number and id: who takes it, and when within the step, does not matter.
/// </summary>
internal sealed unsafe class RowUpdater
{
    private readonly RowStep _step;
    private readonly ulong _seed;
    private readonly RowOptimizer _optimizer;
    private readonly bool _narrow;
    private readonly bool _fast, _full;
    private readonly int _linear, _linearState, _factors, _factorState, _stamp, _count;

    /// <param name="dim">Factors that count; the layout's are padded to a multiple of 8 and the rest stays 0.</param>
    public RowUpdater(RowLayout layout, int dim, RowStep step, ulong seed, SimdLevel level)
    {
        (Layout, Dim, _step, _seed, _optimizer) = (layout, dim, step, seed, layout.Optimizer);
        _narrow = layout.Precision == Precision.BFloat16;
        _full = _optimizer == RowOptimizer.AdagradFull;
        _fast = level == SimdLevel.Avx512 && layout.Dim == 16 && (_full || _optimizer == RowOptimizer.Adagrad);
        (_linear, _linearState, _factors, _factorState) = (layout.LinearOffset, layout.LinearStateOffset, layout.FactorsOffset, layout.FactorStateOffset);
        (_stamp, _count) = (layout.StampOffset, layout.CountOffset);
    }

    public RowLayout Layout { get; }

    public int Dim { get; }

    public float Weight(byte* row) => *(float*)(row + _linear);

    /// <summary>How often the row's id was seen; at most 65,535.</summary>
    public int Count(byte* row) => *(ushort*)(row + _count);

    /// <summary>Whether factors are kept in 16 bits.</summary>
    public bool IsNarrow => _narrow;

    /// <summary>The factors of a row that keeps them in 16 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ushort* Narrow(byte* row) => (ushort*)(row + _factors);

    /// <summary>The factors of a row as floats.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Factors(byte* row, float* to)
    {
        if (_narrow)
            NoisyBFloat.Load((ushort*)(row + _factors), Layout.Dim, to);
        else
            Unsafe.CopyBlockUnaligned(to, row + _factors, (uint)Layout.Dim * sizeof(float));
    }

    /// <summary>Completes a row that the table just made: padding is 0, and FTRL's z is where the first factors follow from it.</summary>
    public void Begin(byte* row)
    {
        if (Layout.Dim == Dim && _optimizer != RowOptimizer.Ftrl)
            return;
        int width = Layout.Dim, size = _narrow ? sizeof(ushort) : sizeof(float);
        new Span<byte>(row + _factors + (Dim * size), (width - Dim) * size).Clear();
        if (_optimizer != RowOptimizer.Ftrl || width == 0)
            return;
        float* v = stackalloc float[width], z = (float*)(row + _factorState);
        Factors(row, v);
        float scale = ((_step.Beta + MathF.Sqrt(_step.FirstSquares)) / _step.Rate) + _step.L2;
        for (int j = 0; j < Dim; j++)
            z[j] = (-v[j] * scale) - (MathF.Sign(v[j]) * _step.L1);
    }

    /// <summary>One step of a row.</summary>
    /// <param name="row">The row.</param>
    /// <param name="id">Its id.</param>
    /// <param name="step">Number of the step, from 1.</param>
    /// <param name="weight">Gradient of the weight.</param>
    /// <param name="gradient">Gradient of the factors, a multiple of 8 of them; it is changed.</param>
    /// <param name="last">The step that touched the row before.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Step(byte* row, ulong id, uint step, uint last, float weight, float* gradient)
    {
        if (Layout.Linear)
            StepWeight(row, step, last, weight);
        if (Layout.Dim == 0)
            return;
        if (_fast && _narrow)
            StepFast<NarrowFactors>(row, NoisyBFloat.Key(_seed, step, id), Vector512.Load(gradient));
        else if (_fast)
            StepFast<WideFactors>(row, noise: 0, Vector512.Load(gradient));
        else
            StepFactors(row, id, step, last, gradient);
    }

    // The fast step of 16 factors with Adagrad, the gradient in a register.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void StepFast<TFactors>(byte* row, uint noise, Vector512<float> gradient)
        where TFactors : struct, IRowFactors
    {
        byte* factors = row + _factors;
        float* squares = (float*)(row + _factorState);
        Vector512<float> v = TFactors.Load(factors);
        gradient = Vector512.FusedMultiplyAdd(v, Vector512.Create(_step.L2), gradient);
        if (_full)
        {
            Vector512<float> sums = Vector512.FusedMultiplyAdd(gradient, gradient, Vector512.Load(squares));
            sums.Store(squares);
            v -= Vector512.Create(_step.Rate) * gradient / Vector512.Sqrt(sums);
        }
        else
        {
            float sum = *squares + (Vector512.Sum(gradient * gradient) * (1f / Dim));
            *squares = sum;
            v = Vector512.FusedMultiplyAdd(gradient, Vector512.Create(-_step.Rate / MathF.Sqrt(sum)), v);
        }
        TFactors.Store(v, noise, factors);
    }

    /// <summary>The fast step of some rows at once, weights and factors: the same bits as <see cref="Step"/> gives.</summary>
    /// <param name="count">Rows of the group; what is beyond them in its arrays counts for nothing.</param>
    /// <param name="step">Number of the step, from 1.</param>
    public void StepGroup(in RowGroup group, int count, uint step)
    {
        if (_full)
            StepEach(group, count, step);
        else if (_narrow)
            StepTogether<NarrowFactors>(group, count, step);
        else
            StepTogether<WideFactors>(group, count, step);
    }

    // With a sum for each factor, a row fills a vector by itself.
    private void StepEach(in RowGroup group, int count, uint step)
    {
        float* weights = stackalloc float[RowGroup.Most], squares = stackalloc float[RowGroup.Most];
        for (int k = 0; k < count; k++)
        {
            byte* row = (byte*)group.Rows[k];
            Vector512<float> gradient = Vector512.LoadAligned(group.Gradients + (k * 16));
            if (_narrow)
                StepFast<NarrowFactors>(row, NoisyBFloat.Key(_seed, step, group.Ids[k]), gradient);
            else
                StepFast<WideFactors>(row, noise: 0, gradient);
            if (Layout.Linear)
                (weights[k], squares[k]) = (*(float*)(row + _linear), *(float*)(row + _linearState));
        }
        if (!Layout.Linear)
            return;
        Optimizers.AdagradEach(_step, weights, squares, group.WeightGradients, RowGroup.Most);
        for (int k = 0; k < count; k++)
        {
            byte* row = (byte*)group.Rows[k];
            (*(float*)(row + _linear), *(float*)(row + _linearState)) = (weights[k], squares[k]);
        }
    }

    // With one sum for all factors, the roots of many rows are taken at once.
    private void StepTogether<TFactors>(in RowGroup group, int count, uint step)
        where TFactors : struct, IRowFactors
    {
        nint* rows = group.Rows;
        ulong* ids = group.Ids;
        float* gradients = group.Gradients, squares = stackalloc float[RowGroup.Most], weights = stackalloc float[RowGroup.Most], weightSquares = stackalloc float[RowGroup.Most];
        int factors = _factors, factorState = _factorState, linear = _linear, linearState = _linearState;
        bool hasLinear = Layout.Linear, pulls = _step.L2 != 0;
        float mean = 1f / Dim;
        for (int k = 0; k < count; k++)
        {
            byte* row = (byte*)rows[k];
            Vector512<float> gradient = Vector512.LoadAligned(gradients + (k * 16));
            if (pulls)
            {
                gradient = Vector512.FusedMultiplyAdd(TFactors.Load(row + factors), Vector512.Create(_step.L2), gradient);
                gradient.StoreAligned(gradients + (k * 16));
            }
            squares[k] = *(float*)(row + factorState) + (Vector512.Sum(gradient * gradient) * mean);
            if (hasLinear)
                (weights[k], weightSquares[k]) = (*(float*)(row + linear), *(float*)(row + linearState));
        }

        float* scales = stackalloc float[RowGroup.Most];
        (Vector512.Create(-_step.Rate) / Vector512.Sqrt(Vector512.Load(squares))).Store(scales);
        if (hasLinear)
            Optimizers.AdagradEach(_step, weights, weightSquares, group.WeightGradients, RowGroup.Most);

        ulong seed = _seed;
        for (int k = 0; k < count; k++)
        {
            byte* row = (byte*)rows[k];
            Vector512<float> v = Vector512.FusedMultiplyAdd(Vector512.LoadAligned(gradients + (k * 16)), Vector512.Create(scales[k]), TFactors.Load(row + factors));
            TFactors.Store(v, NoisyBFloat.Key(seed, step, ids[k]), row + factors);
            *(float*)(row + factorState) = squares[k];
            if (hasLinear)
                (*(float*)(row + linear), *(float*)(row + linearState)) = (weights[k], weightSquares[k]);
        }
    }

    /// <summary>Whether <see cref="StepGroup"/> is this table's step.</summary>
    public bool IsFast => _fast;

    /// <summary>Says that a row was touched.</summary>
    /// <param name="seen">Places of the batch that hold its id.</param>
    /// <returns>The step that touched it before.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint Mark(byte* row, uint step, int seen)
    {
        uint last = *(uint*)(row + _stamp);
        *(uint*)(row + _stamp) = step;
        ushort* count = (ushort*)(row + _count);
        *count = (ushort)Math.Min(ushort.MaxValue, *count + seen);
        return last;
    }

    /// <summary>One step of the linear weight.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void StepWeight(byte* row, uint step, uint last, float gradient)
    {
        float* w = (float*)(row + _linear);
        float* state = (float*)(row + _linearState);
        if (_optimizer is RowOptimizer.Adagrad or RowOptimizer.AdagradFull)
        {
            gradient += _step.L2 * *w;
            float squares = *state + (gradient * gradient);
            *state = squares;
            *w -= _step.Rate * gradient / MathF.Sqrt(squares);
        }
        else if (_optimizer == RowOptimizer.Ftrl)
        {
            Optimizers.Ftrl(_step, w, state, state + 1, gradient);
        }
        else
        {
            Optimizers.Adam(_step, w, state, state + 1, gradient, step, Elapsed(step, last));
        }
    }

    private void StepFactors(byte* row, ulong id, uint step, uint last, float* gradient)
    {
        int width = Layout.Dim;
        float* v = stackalloc float[width];
        Factors(row, v);
        float* state = (float*)(row + _factorState);
        switch (_optimizer)
        {
            case RowOptimizer.Adagrad:
                Optimizers.AdagradByRow(_step, v, state, gradient, width, Dim);
                break;
            case RowOptimizer.AdagradFull:
                Optimizers.Adagrad(_step, v, state, gradient, width);
                break;
            case RowOptimizer.Ftrl:
                for (int j = 0; j < Dim; j++)
                    Optimizers.Ftrl(_step, v + j, state + j, state + width + j, gradient[j]);
                break;
            default:
                for (int j = 0; j < Dim; j++)
                    Optimizers.Adam(_step, v + j, state + j, state + width + j, gradient[j], step, Elapsed(step, last));
                break;
        }
        if (_narrow)
            NoisyBFloat.Store(v, width, NoisyBFloat.Key(_seed, step, id), (ushort*)(row + _factors));
        else
            Unsafe.CopyBlockUnaligned(row + _factors, v, (uint)width * sizeof(float));
    }

    // Lazy Adam's means decay when a row is touched; Adam's, with every step that passed since.
    private uint Elapsed(uint step, uint last) => _optimizer == RowOptimizer.LazyAdam ? 1 : Math.Max(1, step - last);
}
