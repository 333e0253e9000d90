using System.Runtime.Intrinsics;
using MLPlatform.Vlps.Arithmetic;
using MLPlatform.Vlps.Batches;
using MLPlatform.Vlps.Stepping;

namespace MLPlatform.Vlps.Networks.Parts;

/// <summary>
/// Two towers [rows × width] compared by their inner products over a temperature. Each row with label 1 learns to tell its
/// own right side from those of the other rows of the chunk, by a softmax over products less the logarithm of how often
/// each right side occurs, since frequent ones are met as negatives more often.
/// </summary>
internal sealed unsafe class TowersPart : Part
{
    private readonly Tensor _left, _right;
    private readonly int _head, _stride, _logits;
    private readonly float _temperature;
    private readonly IReadOnlyList<int> _sides;
    private readonly IReadOnlyList<RowUpdater> _updaters;
    private readonly int _frequencies, _own;

    /// <param name="sides">The fields of one id each that the right tower reads: what tells its rows apart.</param>
    /// <param name="updaters">Readers of all fields' rows.</param>
    public TowersPart(
        NetworkBuilder builder, Tensor left, Tensor right, int head, float temperature, IReadOnlyList<int> sides, IReadOnlyList<RowUpdater> updaters)
    {
        (_sides, _updaters) = (sides, updaters);
        _frequencies = builder.Reserve(builder.Stride);
        (_left, _right, _head, _stride, _temperature) = (left, right, head, builder.Stride, temperature);
        _logits = builder.Reserve(builder.Stride);
        _own = builder.Reserve(builder.Stride);
        builder.Parts.Add(this);
    }

    public override void Forward(Lane lane)
    {
        float* logits = lane.Logits(_head);
        for (int i = 0; i < lane.Rows; i++)
            logits[i] += Product(lane, i, i);
    }

    public override void Backward(Lane lane)
    {
        Clear(lane, _left);
        Clear(lane, _right);
        float* logits = lane.Memory + _logits, labels = lane.Labels(_head), own = lane.Memory + _own;
        for (int i = 0; i < lane.Rows; i++)
            lane.Memory[_frequencies + i] = LogFrequency(lane, i);
        for (int i = 0; i < lane.Rows; i++)
        {
            own[i] = 0;
            if (labels[i] <= 0)
                continue;
            Softmax(lane, i, logits);
            own[i] = logits[i];
            for (int j = 0; j < lane.Rows; j++)
            {
                float slope = lane.Weights[i] * (logits[j] - (j == i ? 1 : 0)) / _temperature;
                if (slope == 0)
                    continue;
                Add(lane.GradientsOf(_left), i, lane.Values(_right), j, slope);
                Add(lane.GradientsOf(_right), j, lane.Values(_left), i, slope);
            }
        }
    }

    public override void Export(DenseGraph graph) =>
        graph.AddLogOdds(_head, graph.Node("Div", graph.Sum(graph.Node("Mul", graph[_left], graph[_right])), graph.Constant(_temperature)));

    /// <summary>After the way back: of each sample with label 1, the chance of its own right side among those of the chunk; of others 0.</summary>
    public void Chances(Lane lane, Span<float> chances) => new ReadOnlySpan<float>(lane.Memory + _own, lane.Rows).CopyTo(chances);

    // Rows with the same right side as the sample's own are no negatives of it.
    private void Softmax(Lane lane, int sample, float* chances)
    {
        float most = float.NegativeInfinity;
        for (int j = 0; j < lane.Rows; j++)
        {
            bool same = j != sample && Same(lane, sample, j);
            chances[j] = same ? float.NegativeInfinity : Product(lane, sample, j) - lane.Memory[_frequencies + j];
            most = Math.Max(most, chances[j]);
        }
        float sum = 0;
        for (int j = 0; j < lane.Rows; j++)
            sum += chances[j] = MathF.Exp(chances[j] - most);
        for (int j = 0; j < lane.Rows; j++)
            chances[j] /= sum;
    }

    private bool Same(Lane lane, int i, int j)
    {
        foreach (int field in _sides)
        {
            FieldIndex index = lane.Batch.Indexes[field];
            if (index.RowOf(lane.First + i) != index.RowOf(lane.First + j))
                return false;
        }
        return _sides.Count > 0;
    }

    // The rarest id of a right side tells how often the whole occurs. What is the same for all cancels out.
    private float LogFrequency(Lane lane, int row)
    {
        int least = ushort.MaxValue;
        foreach (int field in _sides)
            least = Math.Min(least, _updaters[field].Count((byte*)lane.Batch.Indexes[field].RowOf(lane.First + row)));
        return MathF.Log(Math.Max(1, least));
    }

    private float Product(Lane lane, int left, int right)
    {
        float* a = lane.Values(_left), b = lane.Values(_right);
        Vector256<float> sum = Vector256<float>.Zero;
        for (int column = 0; column < _left.PanelCount * Panels.Width; column += 8)
            sum = Vector256.FusedMultiplyAdd(Vector256.Load(a + Panels.At(_stride, left, column)), Vector256.Load(b + Panels.At(_stride, right, column)), sum);
        return Vector256.Sum(sum) / _temperature;
    }

    private void Add(float* gradients, int row, float* values, int from, float slope)
    {
        for (int column = 0; column < _left.PanelCount * Panels.Width; column += 8)
        {
            int at = Panels.At(_stride, row, column);
            Vector256<float> sum = Vector256.FusedMultiplyAdd(
                Vector256.Create(slope), Vector256.Load(values + Panels.At(_stride, from, column)), Vector256.Load(gradients + at));
            Vector256.Store(sum, gradients + at);
        }
    }

    private static void Clear(Lane lane, Tensor tensor) =>
        new Span<float>(lane.GradientsOf(tensor), tensor.PanelCount * Panels.Width * lane.Stride).Clear();
}
