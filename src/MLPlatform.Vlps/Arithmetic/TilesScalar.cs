namespace MLPlatform.Vlps.Arithmetic;

/// <summary>The tiles of matrix products as they are written in books: what the others are compared with.</summary>
internal static unsafe class TilesScalar
{
    /// <summary>c[12 × 32] = init + a[12 × k] · w[k × 32].</summary>
    public static void Product(float* a, nint panel, int k, float* w, float* init, nint initRow, float* c)
    {
        for (int row = 0; row < Panels.TileRows; row++)
        {
            for (int column = 0; column < Panels.Width; column++)
            {
                float sum = init[(row * initRow) + column];
                for (int i = 0; i < k; i++)
                    sum = MathF.FusedMultiplyAdd(a[(i / Panels.Width * panel) + (row * Panels.Width) + (i % Panels.Width)], w[(i * Panels.Width) + column], sum);
                c[(row * Panels.Width) + column] = sum;
            }
        }
    }

    /// <summary>w[8 × 32] += x[rows × 8]ᵀ · y[rows × 32].</summary>
    public static void Gradient(float* x, float* y, int rows, float* w)
    {
        for (int input = 0; input < Panels.InputTile; input++)
        {
            for (int column = 0; column < Panels.Width; column++)
            {
                float sum = w[(input * Panels.Width) + column];
                for (int row = 0; row < rows; row++)
                    sum = MathF.FusedMultiplyAdd(x[(row * Panels.Width) + input], y[(row * Panels.Width) + column], sum);
                w[(input * Panels.Width) + column] = sum;
            }
        }
    }
}
