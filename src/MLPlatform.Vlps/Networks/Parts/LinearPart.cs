namespace MLPlatform.Vlps.Networks.Parts;

/// <summary>
/// Adds to a head's log-odds the bias, the linear weights of the sample's ids (which stand in their rows), and a weight
/// for each number. [rows × numbers] to one number for each row.
/// </summary>
internal sealed unsafe class LinearPart : Part
{
    private readonly int _head, _numbers;
    private readonly bool _ids;
    private readonly Parameter _bias, _weights;

    /// <param name="ids">Whether this head is the one that the rows' linear weights belong to.</param>
    /// <param name="numbers">Numbers of a sample that have a weight here.</param>
    public LinearPart(NetworkBuilder builder, string name, int head, bool ids, int numbers)
    {
        (_head, _ids, _numbers) = (head, ids, numbers);
        _bias = builder.Parameters.Add($"{name}/bias", 1);
        _weights = builder.Parameters.Add($"{name}/numbers", numbers);
        builder.Parts.Add(this);
    }

    /// <summary>The task.</summary>
    public int Head => _head;

    /// <summary>Where the bias is among the dense weights.</summary>
    public int Bias => _bias.Offset;

    public override void Forward(Lane lane)
    {
        float* logits = lane.Logits(_head), x = lane.Numbers, w = lane.Parameters + _weights.Offset;
        float bias = lane.Parameters[_bias.Offset];
        for (int i = 0; i < lane.Rows; i++, x += _numbers)
        {
            float sum = bias + (_ids ? lane.Linear[i] : 0);
            for (int n = 0; n < _numbers; n++)
                sum += x[n] * w[n];
            logits[i] += sum;
        }
    }

    public override void Backward(Lane lane)
    {
        float* errors = lane.Errors(_head), x = lane.Numbers, sums = lane.Gradients + _weights.Offset;
        float bias = 0;
        for (int i = 0; i < lane.Rows; i++, x += _numbers)
        {
            float error = errors[i];
            bias += error;
            for (int n = 0; n < _numbers; n++)
                sums[n] += error * x[n];
        }
        lane.Gradients[_bias.Offset] += bias;
    }

    public override void Export(DenseGraph graph)
    {
        graph.AddBias(_head, graph.Weights(_bias, 1));
        if (_ids)
            graph.AddLogOdds(_head, graph.Linear!);
        if (_numbers > 0)
            graph.AddLogOdds(_head, graph.Node("MatMul", graph.Numbers!, graph.Weights(_weights, _numbers, 1)));
    }
}
