namespace MLPlatform.Vlps.Arithmetic;

/// <summary>Products of matrices in the layout of <see cref="Panels"/>, on one thread.</summary>
internal static unsafe class Gemm
{
    /// <summary>c[rows × 32·panels] = init + a[rows × k] · w[k × 32·panels].</summary>
    /// <param name="a">Samples in panels of <paramref name="stride"/> rows.</param>
    /// <param name="stride">Rows that the buffers of a, c and an init by row have room for.</param>
    /// <param name="rows">Rows to compute, a multiple of 12.</param>
    /// <param name="k">Columns of a that count.</param>
    /// <param name="w">Weights, <paramref name="inputs"/> rows in each panel.</param>
    /// <param name="inputs">k, padded.</param>
    /// <param name="panels">Panels of c.</param>
    /// <param name="init">A row of 32·panels that all rows begin with; or null: c itself is added to.</param>
    public static void Product(SimdLevel level, float* a, int stride, int rows, int k, float* w, int inputs, int panels, float* init, float* c)
    {
        nint panel = (nint)stride * Panels.Width;
        nint initRow = init is null ? Panels.Width : 0;
        for (int p = 0; p < panels; p++, w += (nint)inputs * Panels.Width, c += panel)
        {
            for (int row = 0; row < rows; row += Panels.TileRows)
            {
                nint at = (nint)row * Panels.Width;
                float* begin = init is null ? c + at : init + (p * Panels.Width);
                switch (level)
                {
                    case SimdLevel.Avx512:
                        Tiles512.Product(a + at, panel, k, w, begin, initRow, c + at);
                        break;
                    case SimdLevel.Avx2:
                        Tiles256.Product(a + at, panel, k, w, begin, initRow, c + at);
                        break;
                    default:
                        TilesScalar.Product(a + at, panel, k, w, begin, initRow, c + at);
                        break;
                }
            }
        }
    }

    /// <summary>w[k × 32·panels] += x[rows × k]ᵀ · y[rows × 32·panels].</summary>
    /// <param name="x">Samples; columns from k to <paramref name="inputs"/> are 0.</param>
    /// <param name="inputs">k, padded to a multiple of 8: the rows of each panel of w.</param>
    public static void Gradient(SimdLevel level, float* x, int stride, int rows, int inputs, float* y, int panels, float* w)
    {
        nint panel = (nint)stride * Panels.Width;
        for (int p = 0; p < panels; p++, y += panel)
        {
            for (int input = 0; input < inputs; input += Panels.InputTile, w += Panels.InputTile * Panels.Width)
            {
                float* from = x + (input / Panels.Width * panel) + (input % Panels.Width);
                switch (level)
                {
                    case SimdLevel.Avx512:
                        Tiles512.Gradient(from, y, rows, w);
                        break;
                    case SimdLevel.Avx2:
                        Tiles256.Gradient(from, y, rows, w);
                        break;
                    default:
                        TilesScalar.Gradient(from, y, rows, w);
                        break;
                }
            }
        }
    }

    /// <summary>Weights [inputs × outputs] turned round, for the way back: [outputs × inputs], one panel of 32 inputs.</summary>
    /// <param name="w">[outputs / 32][<paramref name="inputs"/>][32].</param>
    /// <param name="outputs">Padded to a multiple of 8.</param>
    /// <param name="panel">Which 32 inputs.</param>
    /// <param name="turned">[inputs / 32][<paramref name="outputs"/>][32].</param>
    public static void TurnPanel(float* w, int inputs, int outputs, int panel, float* turned)
    {
        int first = panel * Panels.Width, count = Math.Min(Panels.Width, inputs - first);
        float* to = turned + ((nint)panel * outputs * Panels.Width);
        for (int output = 0; output < outputs; output++, to += Panels.Width)
        {
            float* from = w + (((nint)(output / Panels.Width) * inputs) + first) * Panels.Width + (output % Panels.Width);
            for (int i = 0; i < count; i++)
                to[i] = from[i * Panels.Width];
        }
    }
}
