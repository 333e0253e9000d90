namespace MLPlatform.Vlps.Arithmetic;

/// <summary>
/// How matrices lie in memory. A matrix of samples [rows × width] is cut into panels of 32 columns, each [rows × 32] in
/// one piece: <c>[width / 32][rows][32]</c>. Weights [inputs × outputs] lie as <c>[outputs / 32][inputs][32]</c>. So what
/// a tile of the product reads and writes is contiguous, and nothing has to be packed.
/// </summary>
internal static class Panels
{
    /// <summary>Columns of a panel: two vectors of 512 bits.</summary>
    public const int Width = 32;

    /// <summary>Rows of a tile of a product; samples are processed in multiples of it.</summary>
    public const int TileRows = 12;

    /// <summary>Inputs of weights are padded to a multiple of this, the height of a tile of the weights' gradient.</summary>
    public const int InputTile = 8;

    public static int Count(int width) => (width + Width - 1) / Width;

    public static int RoundUp(int value, int to) => (value + to - 1) / to * to;

    /// <summary>Where the element of a matrix of samples lies.</summary>
    /// <param name="rows">Rows of the whole buffer.</param>
    public static int At(int rows, int row, int column) => (column / Width * rows * Width) + (row * Width) + (column % Width);

    /// <summary>Where the element of weights lies.</summary>
    /// <param name="inputs">Padded inputs.</param>
    public static int Weight(int inputs, int input, int output) => (output / Width * inputs * Width) + (input * Width) + (output % Width);
}
