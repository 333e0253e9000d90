using MLPlatform.Vlps.Arithmetic;

namespace MLPlatform.Vlps.Networks;

/// <summary>
/// What one thread computes with: the memory of a chunk of samples on its way through the network and back, and its own
/// sums of the dense gradients. Chunks of one lane follow each other in order, so its sums do not depend on threads.
/// </summary>
internal sealed unsafe class Lane : IDisposable
{
    private readonly FloatBuffer _memory;
    private readonly FloatBuffer _heads;
    private readonly float** _labels;

    /// <param name="number">Which lane.</param>
    /// <param name="stride">Samples that a chunk has room for.</param>
    /// <param name="floats">Memory for the tensors and scratch of parts.</param>
    /// <param name="heads">Heads of the network.</param>
    public Lane(int number, int stride, long floats, int heads)
    {
        (Number, Stride) = (number, stride);
        _memory = new FloatBuffer(floats);
        _heads = new FloatBuffer((long)stride * ((2 * heads) + 1));
        Linear = _heads.Pointer;
        Heads = heads;
        _labels = (float**)System.Runtime.InteropServices.NativeMemory.AllocZeroed((nuint)heads, (nuint)sizeof(float*));
    }

    public int Number { get; }

    public int Stride { get; }

    public int Heads { get; }

    /// <summary>Samples of the present chunk.</summary>
    public int Rows { get; set; }

    /// <summary>The same, rounded up to whole tiles; the samples between have input and errors 0.</summary>
    public int Padded => Panels.RoundUp(Rows, Panels.TileRows);

    /// <summary>The dense weights.</summary>
    public float* Parameters { get; set; }

    /// <summary>The lane's sums of their gradients.</summary>
    public float* Gradients { get; set; }

    /// <summary>The batch that the chunk is part of.</summary>
    public BatchView Batch { get; set; } = null!;

    /// <summary>The chunk's first sample in the batch.</summary>
    public int First { get; set; }

    /// <summary>Numbers of the chunk's samples, row after row.</summary>
    public float* Numbers { get; set; }

    /// <summary>Weights of the chunk's samples.</summary>
    public float* Weights { get; set; }

    /// <summary>The labels of a task for the chunk's samples.</summary>
    public ref float* Labels(int task) => ref _labels[task];

    /// <summary>Where the gradient of the input goes.</summary>
    public float* InputGradients { get; set; }

    /// <summary>Of each sample, the sum of its linear weights.</summary>
    public float* Linear { get; }

    public float* Memory => _memory.Pointer;

    /// <summary>The log-odds of a head, one for each sample.</summary>
    public float* Logits(int head) => Linear + ((1 + head) * Stride);

    /// <summary>The gradient of the loss with respect to a head's log-odds.</summary>
    public float* Errors(int head) => Linear + ((1 + Heads + head) * Stride);

    public float* Values(Tensor tensor) => Memory + tensor.Values;

    public float* GradientsOf(Tensor tensor) => (tensor.IsInput ? InputGradients : Memory) + tensor.Gradients;

    public void Dispose()
    {
        _memory.Dispose();
        _heads.Dispose();
        System.Runtime.InteropServices.NativeMemory.Free(_labels);
    }
}
