using System.Runtime.Intrinsics;
using MLPlatform.Vlps.Arithmetic;

namespace MLPlatform.Vlps.Networks.Parts;

/// <summary>A cross layer of DCN-v2: y = x₀ ⊙ (x·W + b) + x, all [rows × width].</summary>
internal sealed unsafe class CrossLayer : Part
{
    private readonly SimdLevel _level;
    private readonly int _stride, _inputs, _zeros;
    private readonly Tensor _first, _input, _inner;
    private readonly Parameter _weights, _bias;
    private readonly GradientTurn _firstTurn, _turn;
    private readonly FloatBuffer _turned;

    /// <param name="first">x₀, the input of the first cross layer.</param>
    /// <param name="input">x, of the same width.</param>
    public CrossLayer(NetworkBuilder builder, string name, Tensor first, Tensor input)
    {
        (_level, _stride, _first, _input) = (builder.Level, builder.Stride, first, input);
        _inputs = Panels.RoundUp(input.Width, Panels.InputTile);
        _weights = builder.Weights($"{name}/weights", input.Width, input.Width);
        _bias = builder.Parameters.Add($"{name}/bias", input.PanelCount * Panels.Width);
        _inner = builder.Tensor(input.Width);
        Output = builder.Tensor(input.Width);
        _zeros = builder.Reserve(input.PanelCount * Panels.Width);
        _turned = new FloatBuffer((long)input.PanelCount * Panels.Width * _inputs);
        // On the way back the part writes x before x₀; where both are one tensor, x₀ adds.
        _firstTurn = builder.TurnAt(first);
        _turn = builder.TurnAt(input);
        builder.Parts.Add(this);
    }

    public Tensor Output { get; }

    public override long Weights => (long)_input.Width * _input.Width;

    public override int Preparations => _input.PanelCount;

    public override void Prepare(float* parameters, int piece) =>
        Gemm.TurnPanel(parameters + _weights.Offset, _inputs, _inputs, piece, _turned.Pointer);

    public override void Forward(Lane lane)
    {
        float* first = lane.Values(_first), x = lane.Values(_input), inner = lane.Values(_inner), y = lane.Values(Output);
        Gemm.Product(
            _level, x, _stride, lane.Padded, _input.Width, lane.Parameters + _weights.Offset, _inputs,
            _inner.PanelCount, lane.Parameters + _bias.Offset, inner);
        foreach ((nint from, nint to) in Ranges(_input.PanelCount, lane.Padded))
        {
            for (nint i = from; i < to; i += 8)
                Vector256.Store(Vector256.FusedMultiplyAdd(Vector256.Load(first + i), Vector256.Load(inner + i), Vector256.Load(x + i)), y + i);
        }
    }

    public override void Backward(Lane lane)
    {
        float* first = lane.Values(_first), inner = lane.Values(_inner);
        float* gradients = lane.GradientsOf(Output), innerGradients = lane.GradientsOf(_inner);
        foreach ((nint from, nint to) in Ranges(_input.PanelCount, lane.Padded))
        {
            for (nint i = from; i < to; i += 8)
                Vector256.Store(Vector256.Load(gradients + i) * Vector256.Load(first + i), innerGradients + i);
        }
        AddBias(lane, innerGradients);
        Gemm.Gradient(_level, lane.Values(_input), _stride, lane.Padded, _inputs, innerGradients, _inner.PanelCount, lane.Gradients + _weights.Offset);
        HandOn(lane, gradients, innerGradients, inner);
    }

    public override void Export(DenseGraph graph)
    {
        string inner = graph.Node("Gemm", graph[_input], graph.Matrix(_weights, _input.Width, _input.Width), graph.Weights(_bias, _input.Width));
        graph[Output] = graph.Node("Add", graph.Node("Mul", graph[_first], inner), graph[_input]);
    }

    // The gradient of x: what comes through the product, and what comes straight. That of x₀: gradient ⊙ inner.
    private void HandOn(Lane lane, float* gradients, float* innerGradients, float* inner)
    {
        float* x = lane.GradientsOf(_input), first = lane.GradientsOf(_first);
        Gemm.Product(
            _level, innerGradients, _stride, lane.Padded, _input.Width, _turned.Pointer, _inputs,
            _input.GradientPanels, _turn.Adds ? null : lane.Memory + _zeros, x);
        foreach ((nint from, nint to) in Ranges(_input.GradientPanels, lane.Padded))
        {
            for (nint i = from; i < to; i += 8)
                Vector256.Store(Vector256.Load(x + i) + Vector256.Load(gradients + i), x + i);
        }
        foreach ((nint from, nint to) in Ranges(_first.GradientPanels, lane.Padded))
        {
            for (nint i = from; i < to; i += 8)
            {
                Vector256<float> gradient = Vector256.Load(gradients + i) * Vector256.Load(inner + i);
                Vector256.Store(_firstTurn.Adds ? gradient + Vector256.Load(first + i) : gradient, first + i);
            }
        }
    }

    public override void Dispose()
    {
        _turned.Dispose();
        base.Dispose();
    }

    private void AddBias(Lane lane, float* gradients)
    {
        float* sums = lane.Gradients + _bias.Offset;
        for (int panel = 0; panel < _inner.PanelCount; panel++, sums += Panels.Width, gradients += (nint)_stride * Panels.Width)
        {
            for (int row = 0; row < lane.Rows; row++)
            {
                for (int column = 0; column < Panels.Width; column += 8)
                    Vector256.Store(Vector256.Load(sums + column) + Vector256.Load(gradients + (row * Panels.Width) + column), sums + column);
            }
        }
    }

    private PanelRanges Ranges(int panels, int rows) => new(panels, (nint)_stride * Panels.Width, (nint)rows * Panels.Width);
}
