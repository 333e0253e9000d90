using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MLPlatform.Vlps.Arithmetic;

/// <summary>The tiles of matrix products in 256-bit vectors: as <see cref="Tiles512"/>, cut to what 16 registers hold.</summary>
internal static unsafe class Tiles256
{
    /// <summary>c[12 × 32] = init + a[12 × k] · w[k × 32].</summary>
    public static void Product(float* a, nint panel, int k, float* w, float* init, nint initRow, float* c)
    {
        for (int row = 0; row < Panels.TileRows; row += 6)
        {
            for (int column = 0; column < Panels.Width; column += 16)
                Part(a + (row * Panels.Width), panel, k, w + column, init + (row * initRow) + column, initRow, c + (row * Panels.Width) + column);
        }
    }

    /// <summary>w[8 × 32] += x[rows × 8]ᵀ · y[rows × 32].</summary>
    public static void Gradient(float* x, float* y, int rows, float* w)
    {
        for (int input = 0; input < Panels.InputTile; input += 4)
        {
            for (int column = 0; column < Panels.Width; column += 16)
                GradientPart(x + input, y + column, rows, w + (input * Panels.Width) + column);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Part(float* a, nint panel, int k, float* w, float* init, nint initRow, float* c)
    {
        Vector256<float> c0 = Vector256.Load(init), d0 = Vector256.Load(init + 8);
        Vector256<float> c1 = Vector256.Load(init + initRow), d1 = Vector256.Load(init + initRow + 8);
        Vector256<float> c2 = Vector256.Load(init + (2 * initRow)), d2 = Vector256.Load(init + (2 * initRow) + 8);
        Vector256<float> c3 = Vector256.Load(init + (3 * initRow)), d3 = Vector256.Load(init + (3 * initRow) + 8);
        Vector256<float> c4 = Vector256.Load(init + (4 * initRow)), d4 = Vector256.Load(init + (4 * initRow) + 8);
        Vector256<float> c5 = Vector256.Load(init + (5 * initRow)), d5 = Vector256.Load(init + (5 * initRow) + 8);
        while (true)
        {
            int columns = Math.Min(Panels.Width, k);
            for (float* x = a, end = a + columns; x < end; x++)
            {
                Vector256<float> b0 = Vector256.Load(w), b1 = Vector256.Load(w + 8);
                w += Panels.Width;
                Vector256<float> s = Vector256.Create(*x);
                c0 = Vector256.FusedMultiplyAdd(s, b0, c0);
                d0 = Vector256.FusedMultiplyAdd(s, b1, d0);
                s = Vector256.Create(x[32]);
                c1 = Vector256.FusedMultiplyAdd(s, b0, c1);
                d1 = Vector256.FusedMultiplyAdd(s, b1, d1);
                s = Vector256.Create(x[64]);
                c2 = Vector256.FusedMultiplyAdd(s, b0, c2);
                d2 = Vector256.FusedMultiplyAdd(s, b1, d2);
                s = Vector256.Create(x[96]);
                c3 = Vector256.FusedMultiplyAdd(s, b0, c3);
                d3 = Vector256.FusedMultiplyAdd(s, b1, d3);
                s = Vector256.Create(x[128]);
                c4 = Vector256.FusedMultiplyAdd(s, b0, c4);
                d4 = Vector256.FusedMultiplyAdd(s, b1, d4);
                s = Vector256.Create(x[160]);
                c5 = Vector256.FusedMultiplyAdd(s, b0, c5);
                d5 = Vector256.FusedMultiplyAdd(s, b1, d5);
            }
            k -= columns;
            if (k == 0)
                break;
            a += panel;
        }
        Vector256.Store(c0, c);
        Vector256.Store(d0, c + 8);
        Vector256.Store(c1, c + 32);
        Vector256.Store(d1, c + 40);
        Vector256.Store(c2, c + 64);
        Vector256.Store(d2, c + 72);
        Vector256.Store(c3, c + 96);
        Vector256.Store(d3, c + 104);
        Vector256.Store(c4, c + 128);
        Vector256.Store(d4, c + 136);
        Vector256.Store(c5, c + 160);
        Vector256.Store(d5, c + 168);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void GradientPart(float* x, float* y, int rows, float* w)
    {
        Vector256<float> c0 = Vector256.Load(w), d0 = Vector256.Load(w + 8);
        Vector256<float> c1 = Vector256.Load(w + 32), d1 = Vector256.Load(w + 40);
        Vector256<float> c2 = Vector256.Load(w + 64), d2 = Vector256.Load(w + 72);
        Vector256<float> c3 = Vector256.Load(w + 96), d3 = Vector256.Load(w + 104);
        for (float* end = y + ((nint)rows * Panels.Width); y < end; y += Panels.Width, x += Panels.Width)
        {
            Vector256<float> b0 = Vector256.Load(y), b1 = Vector256.Load(y + 8);
            Vector256<float> s = Vector256.Create(*x);
            c0 = Vector256.FusedMultiplyAdd(s, b0, c0);
            d0 = Vector256.FusedMultiplyAdd(s, b1, d0);
            s = Vector256.Create(x[1]);
            c1 = Vector256.FusedMultiplyAdd(s, b0, c1);
            d1 = Vector256.FusedMultiplyAdd(s, b1, d1);
            s = Vector256.Create(x[2]);
            c2 = Vector256.FusedMultiplyAdd(s, b0, c2);
            d2 = Vector256.FusedMultiplyAdd(s, b1, d2);
            s = Vector256.Create(x[3]);
            c3 = Vector256.FusedMultiplyAdd(s, b0, c3);
            d3 = Vector256.FusedMultiplyAdd(s, b1, d3);
        }
        Vector256.Store(c0, w);
        Vector256.Store(d0, w + 8);
        Vector256.Store(c1, w + 32);
        Vector256.Store(d1, w + 40);
        Vector256.Store(c2, w + 64);
        Vector256.Store(d2, w + 72);
        Vector256.Store(c3, w + 96);
        Vector256.Store(d3, w + 104);
    }
}
