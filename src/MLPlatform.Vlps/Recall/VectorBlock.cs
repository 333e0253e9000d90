using MLPlatform.Vlps.Arithmetic;

namespace MLPlatform.Vlps.Recall;

/// <summary>Some vectors that are compared with a catalogue at once, in <see cref="Panels"/>.</summary>
internal sealed unsafe class VectorBlock(int width) : IDisposable
{
    /// <summary>Vectors at most; a multiple of the rows of a tile, and of a panel's columns.</summary>
    public const int Rows = 96;

    private readonly FloatBuffer _values = new((long)Panels.Count(width) * Panels.Width * Rows);

    public float* Values => _values.Pointer;

    /// <summary>How many there are, rounded up to whole tiles; those between are anything.</summary>
    public int Padded { get; private set; }

    /// <param name="vectors">Vector after vector.</param>
    public void Fill(ReadOnlySpan<float> vectors)
    {
        int rows = vectors.Length / width;
        Padded = Panels.RoundUp(rows, Panels.TileRows);
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < width; column += Panels.Width)
                vectors.Slice((row * width) + column, Math.Min(Panels.Width, width - column)).CopyTo(new Span<float>(Values + Panels.At(Rows, row, column), Panels.Width));
        }
    }

    public void Dispose() => _values.Dispose();
}
