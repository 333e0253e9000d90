using System.Runtime.Intrinsics;
using MLPlatform.Vlps.Arithmetic;

namespace MLPlatform.Vlps.Networks.Parts;

/// <summary>y = max(0, x·W + b), or without the max: [rows × inputs] to [rows × outputs].</summary>
internal sealed unsafe class DenseLayer : Part
{
    private readonly SimdLevel _level;
    private readonly int _stride;
    private readonly Tensor _input;
    private readonly Parameter _weights, _bias;
    private readonly GradientTurn _turn;
    private readonly FloatBuffer? _turned;
    private readonly int _inputs, _outputs, _zeros;
    private readonly bool _rectify;

    public DenseLayer(NetworkBuilder builder, string name, Tensor input, int outputs, bool rectify)
    {
        (_level, _stride, _input, _rectify) = (builder.Level, builder.Stride, input, rectify);
        (_inputs, _outputs) = (Panels.RoundUp(input.Width, Panels.InputTile), Panels.RoundUp(outputs, Panels.InputTile));
        Output = builder.Tensor(outputs);
        _weights = builder.Weights($"{name}/weights", input.Width, outputs);
        _bias = builder.Parameters.Add($"{name}/bias", Output.PanelCount * Panels.Width);
        _turn = builder.TurnAt(input);
        _zeros = builder.Reserve(Math.Max(1, input.GradientPanels) * Panels.Width);
        if (input.GradientWidth > 0)
            _turned = new FloatBuffer((long)input.GradientPanels * Panels.Width * _outputs);
        builder.Parts.Add(this);
    }

    public Tensor Output { get; }

    public override long Weights => (long)_input.Width * Output.Width;

    public override int Preparations => _turned is null ? 0 : _input.GradientPanels;

    public override void Prepare(float* parameters, int piece) =>
        Gemm.TurnPanel(parameters + _weights.Offset, _inputs, _outputs, piece, _turned!.Pointer);

    public override void Forward(Lane lane)
    {
        float* y = lane.Values(Output);
        Gemm.Product(
            _level, lane.Values(_input), _stride, lane.Padded, _input.Width, lane.Parameters + _weights.Offset, _inputs,
            Output.PanelCount, lane.Parameters + _bias.Offset, y);
        if (_rectify)
            Rectify(y, lane.Padded);
    }

    public override void Backward(Lane lane)
    {
        float* gradients = lane.GradientsOf(Output);
        if (_rectify)
            CutOff(gradients, lane.Values(Output), lane.Padded);
        AddBias(lane, gradients);
        Gemm.Gradient(_level, lane.Values(_input), _stride, lane.Padded, _inputs, gradients, Output.PanelCount, lane.Gradients + _weights.Offset);
        if (_turned is null)
            return;
        Gemm.Product(
            _level, gradients, _stride, lane.Padded, Output.Width, _turned.Pointer, _outputs,
            _input.GradientPanels, _turn.Adds ? null : lane.Memory + _zeros, lane.GradientsOf(_input));
    }

    public override void Export(DenseGraph graph)
    {
        string y = graph.Node("Gemm", graph[_input], graph.Matrix(_weights, _input.Width, Output.Width), graph.Weights(_bias, Output.Width));
        graph[Output] = _rectify ? graph.Node("Relu", y) : y;
    }

    public override void Dispose()
    {
        _turned?.Dispose();
        base.Dispose();
    }

    private void AddBias(Lane lane, float* gradients)
    {
        float* sums = lane.Gradients + _bias.Offset;
        for (int panel = 0; panel < Output.PanelCount; panel++, sums += Panels.Width, gradients += (nint)_stride * Panels.Width)
        {
            for (int column = 0; column < Panels.Width; column += 8)
            {
                Vector256<float> sum = Vector256.Load(sums + column);
                for (int row = 0; row < lane.Rows; row++)
                    sum += Vector256.Load(gradients + (row * Panels.Width) + column);
                Vector256.Store(sum, sums + column);
            }
        }
    }

    private void Rectify(float* y, int rows)
    {
        for (int panel = 0; panel < Output.PanelCount; panel++)
        {
            nint from = (nint)panel * _stride * Panels.Width, to = from + ((nint)rows * Panels.Width);
            for (nint i = from; i < to; i += 8)
                Vector256.Store(Vector256.Max(Vector256.Load(y + i), Vector256<float>.Zero), y + i);
        }
    }

    // What the max cut off has no gradient.
    private void CutOff(float* gradients, float* y, int rows)
    {
        for (int panel = 0; panel < Output.PanelCount; panel++)
        {
            nint from = (nint)panel * _stride * Panels.Width, to = from + ((nint)rows * Panels.Width);
            for (nint i = from; i < to; i += 8)
                Vector256.Store(Vector256.Load(gradients + i) & Vector256.GreaterThan(Vector256.Load(y + i), Vector256<float>.Zero), gradients + i);
        }
    }
}
