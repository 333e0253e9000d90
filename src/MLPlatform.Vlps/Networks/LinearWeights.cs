using System.Runtime.Intrinsics.X86;
using MLPlatform.Vlps.Arithmetic;
using MLPlatform.Vlps.Batches;
using MLPlatform.Vlps.Stepping;
using MLPlatform.Vlps.Tables;

namespace MLPlatform.Vlps.Networks;

/// <summary>
/// The weights of a linear model's batch with Adagrad's sums, one beside the other: they are taken out of their rows where those
/// are looked up, and put back where they are stepped. So in between no row is read, and all weights of a field are stepped at once.
/// </summary>
internal sealed unsafe class LinearWeights : IDisposable
{
    /// <summary>How many rows ahead are fetched into the cache.</summary>
    private const int Ahead = 16;

    /// <summary>Places of a distinct id from which on its chain is walked: shorter ones end where the processor does not expect it.</summary>
    private const int LongChain = 16;

    private readonly FieldPlan[] _plans;
    private readonly FloatBuffer _weights, _squares, _gradients;
    private readonly bool[] _taken;
    private readonly int _room;

    /// <param name="network">The network.</param>
    /// <param name="size">Samples that a batch has at most.</param>
    /// <param name="members">Threads that step fields.</param>
    public LinearWeights(Network network, int size, int members)
    {
        _plans = [.. network.Fields];
        bool any = _plans.Any(IsPlain);
        _room = any ? Panels.RoundUp(size, 16) : 0;
        long all = (long)_room * _plans.Length;
        (_weights, _squares, _gradients) = (new FloatBuffer(all), new FloatBuffer(all), new FloatBuffer((long)_room * members));
        _taken = new bool[_plans.Length];
    }

    /// <summary>The weights of a field's distinct ids; null where they are read from rows.</summary>
    public float* Of(int field) => _taken[field] ? _weights.Pointer + ((long)field * _room) : null;

    /// <summary>Takes the weights of a field that was looked up, if it is one whose samples have one id each.</summary>
    /// <param name="empty">The row that stands for absent ones.</param>
    public void Take(int field, FieldColumn column, FieldIndex index, nint empty)
    {
        FieldPlan plan = _plans[field];
        _taken[field] = IsPlain(plan) && !column.Weighted;
        if (!_taken[field])
            return;
        float* weights = Of(field), squares = Squares(field);
        int weight = plan.Layout.LinearOffset, state = plan.Layout.LinearStateOffset;
        for (int u = 0; u < index.Distinct; u++)
        {
            byte* row = (byte*)index.Pointers[u];
            weights[u] = *(float*)(row + weight);
            // An absent id's row begins so, if it gets one before the step.
            squares[u] = (nint)row == empty ? plan.Step.FirstSquares : *(float*)(row + state);
        }
    }

    /// <summary>Steps a field whose weights were taken with the sums of its places' errors, and puts them back into the rows.</summary>
    /// <param name="errors">Of each sample.</param>
    /// <param name="member">The thread.</param>
    /// <param name="empty">The row that stands for absent ones.</param>
    public void Step(int field, FieldIndex index, float* errors, int member, nint empty)
    {
        FieldPlan plan = _plans[field];
        float* weights = Of(field), squares = Squares(field), gradients = _gradients.Pointer + ((long)member * _room);
        int count = index.Distinct, weight = plan.Layout.LinearOffset, state = plan.Layout.LinearStateOffset;
        Sum(index, errors, gradients);
        Optimizers.AdagradEach(plan.Step, weights, squares, gradients, Panels.RoundUp(count, 8));
        fixed (nint* rows = index.Pointers)
        {
            for (int u = 0; u < count; u++)
            {
                if (Sse.IsSupported && u + Ahead < count)
                    Sse.Prefetch0((void*)rows[u + Ahead]);
                if (rows[u] == empty)
                    continue;
                byte* row = (byte*)rows[u];
                *(float*)(row + weight) = weights[u];
                *(float*)(row + state) = squares[u];
            }
        }
    }

    // Both ways add the places of an id from the last to the first.
    private static void Sum(FieldIndex index, float* errors, float* gradients)
    {
        int count = index.Distinct, places = index.Count;
        new Span<float>(gradients, Panels.RoundUp(count, 8)).Clear();
        if (places < (long)LongChain * count)
        {
            fixed (int* all = index.Places)
            {
                for (int place = places - 1; place >= 0; place--)
                    gradients[all[place]] += errors[place];
            }
            return;
        }
        fixed (int* next = index.Next, heads = index.Heads)
        {
            for (int u = 0; u < count; u++)
            {
                float error = 0;
                for (int place = heads[u]; place >= 0; place = next[place])
                    error += errors[place];
                gradients[u] = error;
            }
        }
    }

    private float* Squares(int field) => _squares.Pointer + ((long)field * _room);

    private static bool IsPlain(FieldPlan plan) =>
        plan.Width == 0 && !plan.Many && plan.Layout.Optimizer is RowOptimizer.Adagrad or RowOptimizer.AdagradFull;

    public void Dispose()
    {
        _weights.Dispose();
        _squares.Dispose();
        _gradients.Dispose();
    }
}
