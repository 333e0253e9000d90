using MLPlatform.Vlps.Arithmetic;
using MLPlatform.Vlps.Batches;

namespace MLPlatform.Vlps.Networks;

/// <summary>
/// A batch on its way through a network: its samples in a block, its ids without duplicates, and what the way forward and
/// back leaves for the step of the rows.
/// </summary>
internal sealed unsafe class BatchView : IDisposable
{
    private readonly FloatBuffer _errors, _sums, _inputGradients;

    /// <param name="network">The network.</param>
    /// <param name="size">Samples that a batch has at most.</param>
    /// <param name="members">Threads that add rows for new ids.</param>
    public BatchView(Network network, int size, int members = 1)
    {
        Indexes = [.. network.Fields.Select(_ => new FieldIndex(members))];
        (Chunks, Stride, ChunkFloats) = ((size + network.Stride - 1) / network.Stride, network.Stride, network.InputGradients);
        _errors = new FloatBuffer(size);
        _sums = new FloatBuffer((long)size * network.SumWidth);
        _inputGradients = new FloatBuffer((long)Chunks * ChunkFloats);
    }

    public FieldIndex[] Indexes { get; }

    public FieldBlock Block { get; private set; } = null!;

    /// <summary>The batch's first sample in the block.</summary>
    public int First { get; private set; }

    public int Rows { get; private set; }

    /// <summary>Chunks of a full batch.</summary>
    public int Chunks { get; }

    /// <summary>Samples of a full chunk.</summary>
    public int Stride { get; }

    /// <summary>Floats of a chunk's input gradients.</summary>
    public int ChunkFloats { get; }

    /// <summary>Of each sample, the gradient of the loss with respect to the log-odds that the rows' linear weights are part of.</summary>
    public float* Errors => _errors.Pointer;

    /// <summary>Of each sample, the sum of factors times values; only of factorization machines without other parts.</summary>
    public float* Sums => _sums.Pointer;

    /// <summary>Gradients of the inputs, chunk after chunk.</summary>
    public float* InputGradients => _inputGradients.Pointer;

    /// <summary>The weights of a linear model as they are being trained; null where rows hold them.</summary>
    public LinearWeights? Weights { get; set; }

    /// <summary>Where the sums of samples are taken field by field; null where lanes read the rows of their samples.</summary>
    public FieldSums? FieldSums { get; set; }

    public void Set(FieldBlock block, int first, int rows) => (Block, First, Rows) = (block, first, rows);

    public void Dispose()
    {
        _errors.Dispose();
        _sums.Dispose();
        _inputGradients.Dispose();
    }
}
