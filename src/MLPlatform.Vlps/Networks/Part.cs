namespace MLPlatform.Vlps.Networks;

/// <summary>A piece of a network. It declares its weights and memory when it is made, and keeps nothing between chunks.</summary>
internal abstract class Part : IDisposable
{
    /// <summary>Computes from the lane's tensors what the part gives.</summary>
    public abstract void Forward(Lane lane);

    /// <summary>Adds the gradients of its weights to the lane's sums, and hands on those of what it read.</summary>
    public abstract void Backward(Lane lane);

    /// <summary>Adds to a graph what <see cref="Forward"/> computes.</summary>
    public abstract void Export(DenseGraph graph);

    /// <summary>Weights of its matrices, without padding; 0 without any.</summary>
    public virtual long Weights => 0;

    /// <summary>Pieces of work that prepare its weights after a step; members take them in any order.</summary>
    public virtual int Preparations => 0;

    /// <summary>Does one of them.</summary>
    public virtual unsafe void Prepare(float* parameters, int piece)
    {
    }

    /// <summary>Frees what it prepared.</summary>
    public virtual void Dispose() => GC.SuppressFinalize(this);
}
