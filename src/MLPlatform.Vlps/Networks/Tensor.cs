using MLPlatform.Vlps.Arithmetic;

namespace MLPlatform.Vlps.Networks;

/// <summary>A matrix of samples that parts hand on: values on the way forward, gradients on the way back, in <see cref="Panels"/>.</summary>
/// <param name="Width">Columns that count; up to the end of the last panel there are zeros.</param>
/// <param name="Values">Where a lane's memory holds the values, in floats.</param>
/// <param name="Gradients">Where it holds the gradients; of an input, where the batch's memory for a chunk holds them.</param>
/// <param name="GradientWidth">Leading columns whose gradient is asked for; of the input those of embeddings.</param>
internal sealed record Tensor(int Width, int Values, int Gradients, int GradientWidth)
{
    /// <summary>Whether this is an input of the network.</summary>
    public bool IsInput { get; init; }

    public int PanelCount => Panels.Count(Width);

    public int GradientPanels => Panels.Count(GradientWidth);
}
