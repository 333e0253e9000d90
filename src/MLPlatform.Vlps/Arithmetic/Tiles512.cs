using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MLPlatform.Vlps.Arithmetic;

/// <summary>The tiles of matrix products in 512-bit vectors. Their sums stay in registers: 24 of the 32 for a product.</summary>
internal static unsafe class Tiles512
{
    /// <summary>c[12 × 32] = init + a[12 × k] · w[k × 32].</summary>
    /// <param name="a">The first row's first element; the next row is 32 floats on, the next 32 columns one panel.</param>
    /// <param name="panel">Floats from one panel of a to the next.</param>
    /// <param name="k">Columns of a.</param>
    /// <param name="w">k rows of 32.</param>
    /// <param name="init">What the sums begin with: a row of 32, the next one <paramref name="initRow"/> floats on.</param>
    /// <param name="initRow">0 where all rows begin alike.</param>
    /// <param name="c">12 rows of 32.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Product(float* a, nint panel, int k, float* w, float* init, nint initRow, float* c)
    {
        Vector512<float> c0 = Vector512.Load(init), d0 = Vector512.Load(init + 16);
        Vector512<float> c1 = Vector512.Load(init + initRow), d1 = Vector512.Load(init + initRow + 16);
        Vector512<float> c2 = Vector512.Load(init + 2 * initRow), d2 = Vector512.Load(init + 2 * initRow + 16);
        Vector512<float> c3 = Vector512.Load(init + 3 * initRow), d3 = Vector512.Load(init + 3 * initRow + 16);
        Vector512<float> c4 = Vector512.Load(init + 4 * initRow), d4 = Vector512.Load(init + 4 * initRow + 16);
        Vector512<float> c5 = Vector512.Load(init + 5 * initRow), d5 = Vector512.Load(init + 5 * initRow + 16);
        Vector512<float> c6 = Vector512.Load(init + 6 * initRow), d6 = Vector512.Load(init + 6 * initRow + 16);
        Vector512<float> c7 = Vector512.Load(init + 7 * initRow), d7 = Vector512.Load(init + 7 * initRow + 16);
        Vector512<float> c8 = Vector512.Load(init + 8 * initRow), d8 = Vector512.Load(init + 8 * initRow + 16);
        Vector512<float> c9 = Vector512.Load(init + 9 * initRow), d9 = Vector512.Load(init + 9 * initRow + 16);
        Vector512<float> c10 = Vector512.Load(init + 10 * initRow), d10 = Vector512.Load(init + 10 * initRow + 16);
        Vector512<float> c11 = Vector512.Load(init + 11 * initRow), d11 = Vector512.Load(init + 11 * initRow + 16);
        while (true)
        {
            int columns = Math.Min(Panels.Width, k);
            for (float* x = a, end = a + columns; x < end; x++)
            {
                Vector512<float> b0 = Vector512.Load(w), b1 = Vector512.Load(w + 16);
                w += Panels.Width;
                Vector512<float> s = Vector512.Create(*x);
                c0 = Vector512.FusedMultiplyAdd(s, b0, c0);
                d0 = Vector512.FusedMultiplyAdd(s, b1, d0);
                s = Vector512.Create(x[32]);
                c1 = Vector512.FusedMultiplyAdd(s, b0, c1);
                d1 = Vector512.FusedMultiplyAdd(s, b1, d1);
                s = Vector512.Create(x[64]);
                c2 = Vector512.FusedMultiplyAdd(s, b0, c2);
                d2 = Vector512.FusedMultiplyAdd(s, b1, d2);
                s = Vector512.Create(x[96]);
                c3 = Vector512.FusedMultiplyAdd(s, b0, c3);
                d3 = Vector512.FusedMultiplyAdd(s, b1, d3);
                s = Vector512.Create(x[128]);
                c4 = Vector512.FusedMultiplyAdd(s, b0, c4);
                d4 = Vector512.FusedMultiplyAdd(s, b1, d4);
                s = Vector512.Create(x[160]);
                c5 = Vector512.FusedMultiplyAdd(s, b0, c5);
                d5 = Vector512.FusedMultiplyAdd(s, b1, d5);
                s = Vector512.Create(x[192]);
                c6 = Vector512.FusedMultiplyAdd(s, b0, c6);
                d6 = Vector512.FusedMultiplyAdd(s, b1, d6);
                s = Vector512.Create(x[224]);
                c7 = Vector512.FusedMultiplyAdd(s, b0, c7);
                d7 = Vector512.FusedMultiplyAdd(s, b1, d7);
                s = Vector512.Create(x[256]);
                c8 = Vector512.FusedMultiplyAdd(s, b0, c8);
                d8 = Vector512.FusedMultiplyAdd(s, b1, d8);
                s = Vector512.Create(x[288]);
                c9 = Vector512.FusedMultiplyAdd(s, b0, c9);
                d9 = Vector512.FusedMultiplyAdd(s, b1, d9);
                s = Vector512.Create(x[320]);
                c10 = Vector512.FusedMultiplyAdd(s, b0, c10);
                d10 = Vector512.FusedMultiplyAdd(s, b1, d10);
                s = Vector512.Create(x[352]);
                c11 = Vector512.FusedMultiplyAdd(s, b0, c11);
                d11 = Vector512.FusedMultiplyAdd(s, b1, d11);
            }
            k -= columns;
            if (k == 0)
                break;
            a += panel;
        }
        Vector512.Store(c0, c);
        Vector512.Store(d0, c + 16);
        Vector512.Store(c1, c + 32);
        Vector512.Store(d1, c + 48);
        Vector512.Store(c2, c + 64);
        Vector512.Store(d2, c + 80);
        Vector512.Store(c3, c + 96);
        Vector512.Store(d3, c + 112);
        Vector512.Store(c4, c + 128);
        Vector512.Store(d4, c + 144);
        Vector512.Store(c5, c + 160);
        Vector512.Store(d5, c + 176);
        Vector512.Store(c6, c + 192);
        Vector512.Store(d6, c + 208);
        Vector512.Store(c7, c + 224);
        Vector512.Store(d7, c + 240);
        Vector512.Store(c8, c + 256);
        Vector512.Store(d8, c + 272);
        Vector512.Store(c9, c + 288);
        Vector512.Store(d9, c + 304);
        Vector512.Store(c10, c + 320);
        Vector512.Store(d10, c + 336);
        Vector512.Store(c11, c + 352);
        Vector512.Store(d11, c + 368);
    }

    /// <summary>w[8 × 32] += x[rows × 8]ᵀ · y[rows × 32].</summary>
    /// <param name="x">Eight columns of a panel: the next row is 32 floats on.</param>
    /// <param name="y">A panel.</param>
    /// <param name="rows">How many rows are summed.</param>
    /// <param name="w">8 rows of 32.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Gradient(float* x, float* y, int rows, float* w)
    {
        Vector512<float> c0 = Vector512.Load(w), d0 = Vector512.Load(w + 16);
        Vector512<float> c1 = Vector512.Load(w + 32), d1 = Vector512.Load(w + 48);
        Vector512<float> c2 = Vector512.Load(w + 64), d2 = Vector512.Load(w + 80);
        Vector512<float> c3 = Vector512.Load(w + 96), d3 = Vector512.Load(w + 112);
        Vector512<float> c4 = Vector512.Load(w + 128), d4 = Vector512.Load(w + 144);
        Vector512<float> c5 = Vector512.Load(w + 160), d5 = Vector512.Load(w + 176);
        Vector512<float> c6 = Vector512.Load(w + 192), d6 = Vector512.Load(w + 208);
        Vector512<float> c7 = Vector512.Load(w + 224), d7 = Vector512.Load(w + 240);
        for (float* end = y + ((nint)rows * Panels.Width); y < end; y += Panels.Width, x += Panels.Width)
        {
            Vector512<float> b0 = Vector512.Load(y), b1 = Vector512.Load(y + 16);
            Vector512<float> s = Vector512.Create(*x);
            c0 = Vector512.FusedMultiplyAdd(s, b0, c0);
            d0 = Vector512.FusedMultiplyAdd(s, b1, d0);
            s = Vector512.Create(x[1]);
            c1 = Vector512.FusedMultiplyAdd(s, b0, c1);
            d1 = Vector512.FusedMultiplyAdd(s, b1, d1);
            s = Vector512.Create(x[2]);
            c2 = Vector512.FusedMultiplyAdd(s, b0, c2);
            d2 = Vector512.FusedMultiplyAdd(s, b1, d2);
            s = Vector512.Create(x[3]);
            c3 = Vector512.FusedMultiplyAdd(s, b0, c3);
            d3 = Vector512.FusedMultiplyAdd(s, b1, d3);
            s = Vector512.Create(x[4]);
            c4 = Vector512.FusedMultiplyAdd(s, b0, c4);
            d4 = Vector512.FusedMultiplyAdd(s, b1, d4);
            s = Vector512.Create(x[5]);
            c5 = Vector512.FusedMultiplyAdd(s, b0, c5);
            d5 = Vector512.FusedMultiplyAdd(s, b1, d5);
            s = Vector512.Create(x[6]);
            c6 = Vector512.FusedMultiplyAdd(s, b0, c6);
            d6 = Vector512.FusedMultiplyAdd(s, b1, d6);
            s = Vector512.Create(x[7]);
            c7 = Vector512.FusedMultiplyAdd(s, b0, c7);
            d7 = Vector512.FusedMultiplyAdd(s, b1, d7);
        }
        Vector512.Store(c0, w);
        Vector512.Store(d0, w + 16);
        Vector512.Store(c1, w + 32);
        Vector512.Store(d1, w + 48);
        Vector512.Store(c2, w + 64);
        Vector512.Store(d2, w + 80);
        Vector512.Store(c3, w + 96);
        Vector512.Store(d3, w + 112);
        Vector512.Store(c4, w + 128);
        Vector512.Store(d4, w + 144);
        Vector512.Store(c5, w + 160);
        Vector512.Store(d5, w + 176);
        Vector512.Store(c6, w + 192);
        Vector512.Store(d6, w + 208);
        Vector512.Store(c7, w + 224);
        Vector512.Store(d7, w + 240);
    }
}
