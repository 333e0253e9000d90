using System.Runtime.Intrinsics;
using MLPlatform.Vlps.Arithmetic;

namespace MLPlatform.Vlps.Networks.Parts;

/// <summary>Adds x·w to a head's log-odds: [rows × inputs] to one number for each row.</summary>
internal sealed unsafe class LogitLayer : Part
{
    private readonly Tensor _input;
    private readonly int _head, _stride;
    private readonly Parameter _weights;
    private readonly GradientTurn _turn;

    public LogitLayer(NetworkBuilder builder, string name, Tensor input, int head)
    {
        (_input, _head, _stride) = (input, head, builder.Stride);
        _weights = builder.Parameters.Add($"{name}/weights", input.PanelCount * Panels.Width, (values, seed) =>
        {
            float bound = 1 / MathF.Sqrt(input.Width);
            for (int i = 0; i < input.Width; i++)
                values[i] = NetworkBuilder.Uniform(seed, i, bound);
        });
        _turn = builder.TurnAt(input);
        builder.Parts.Add(this);
    }

    public override long Weights => _input.Width;

    public override void Forward(Lane lane)
    {
        float* logits = lane.Logits(_head), x = lane.Values(_input), w = lane.Parameters + _weights.Offset;
        for (int panel = 0; panel < _input.PanelCount; panel++, x += (nint)_stride * Panels.Width, w += Panels.Width)
        {
            Vector256<float> w0 = Vector256.Load(w), w1 = Vector256.Load(w + 8), w2 = Vector256.Load(w + 16), w3 = Vector256.Load(w + 24);
            float* row = x;
            for (int i = 0; i < lane.Rows; i++, row += Panels.Width)
            {
                Vector256<float> sum = Vector256.FusedMultiplyAdd(Vector256.Load(row), w0, Vector256.Load(row + 8) * w1);
                sum = Vector256.FusedMultiplyAdd(Vector256.Load(row + 16), w2, sum);
                logits[i] += Vector256.Sum(Vector256.FusedMultiplyAdd(Vector256.Load(row + 24), w3, sum));
            }
        }
    }

    public override void Backward(Lane lane)
    {
        float* errors = lane.Errors(_head), x = lane.Values(_input), w = lane.Parameters + _weights.Offset;
        float* sums = lane.Gradients + _weights.Offset, gradients = lane.GradientsOf(_input);
        for (int panel = 0; panel < _input.PanelCount; panel++)
        {
            bool hands = panel < _input.GradientPanels;
            nint at = (nint)panel * _stride * Panels.Width;
            for (int column = 0; column < Panels.Width; column += 8)
            {
                int offset = (panel * Panels.Width) + column;
                Vector256<float> weight = Vector256.Load(w + offset), sum = Vector256.Load(sums + offset);
                for (int i = 0; i < lane.Padded; i++)
                {
                    nint place = at + (i * Panels.Width) + column;
                    Vector256<float> error = Vector256.Create(errors[i]);
                    sum = Vector256.FusedMultiplyAdd(error, Vector256.Load(x + place), sum);
                    if (hands)
                        Vector256.Store(_turn.Adds ? Vector256.FusedMultiplyAdd(error, weight, Vector256.Load(gradients + place)) : error * weight, gradients + place);
                }
                Vector256.Store(sum, sums + offset);
            }
        }
    }

    public override void Export(DenseGraph graph) => graph.AddLogOdds(_head, graph.Node("MatMul", graph[_input], graph.Weights(_weights, _input.Width, 1)));
}
