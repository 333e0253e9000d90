using System.Runtime.Intrinsics;
using MLPlatform.Vlps.Features;

namespace MLPlatform.Vlps.Tables;

/// <summary>What a row begins as: a function of the seed and its id, never of when or where it came into the table.</summary>
internal sealed unsafe class FirstRow(TableOptions options)
{
    private readonly RowLayout _layout = options.Layout;
    private readonly ulong _seed = FeatureHash.Combine((ulong)options.Seed, 0x726F_7773);
    private readonly float _scale = options.FactorScale / 32768f;
    private readonly float _squares = options.FirstSquares;

    /// <summary>Writes all bytes of the row; it is live afterwards.</summary>
    public void Write(byte* row, ulong id, uint stamp, int count)
    {
        // Rows are a multiple of 16 bytes, and so short that a call to clear them takes longer.
        for (int at = 0; at < _layout.Bytes; at += Vector128<byte>.Count)
            Vector128<byte>.Zero.Store(row + at);
        RowHead.Set(row, id, stamp, count);
        WriteFactors(row + _layout.FactorsOffset, id);
        if (_layout.Optimizer is RowOptimizer.Adam or RowOptimizer.LazyAdam)
            return;
        if (_layout.Linear)
            *(float*)(row + _layout.LinearStateOffset + _layout.LinearStateBytes - sizeof(float)) = _squares;
        float* end = (float*)(row + _layout.FactorStateOffset + _layout.FactorStateBytes);
        for (int left = _layout.Optimizer == RowOptimizer.Adagrad ? Math.Min(1, _layout.Dim) : _layout.Dim; left > 0; left--)
            *--end = _squares;
    }

    private void WriteFactors(byte* factors, ulong id)
    {
        ulong state = FeatureHash.Combine(_seed, id);
        int i = 0;
        if (Vector256.IsHardwareAccelerated && _layout.Precision == Precision.BFloat16)
        {
            for (; i + 8 <= _layout.Dim; i += 8)
                WriteEight((ushort*)factors + i, FeatureHash.Combine(state, (ulong)i), FeatureHash.Combine(state, (ulong)i + 4), _scale);
        }
        ulong bits = 0;
        for (; i < _layout.Dim; i++, bits >>= 16)
        {
            if (i % 4 == 0)
                bits = FeatureHash.Combine(state, (ulong)i);
            float value = (short)bits * _scale;
            if (_layout.Precision == Precision.BFloat16)
                ((ushort*)factors)[i] = BFloat.Nearest(value);
            else
                ((float*)factors)[i] = value;
        }
    }

    private static void WriteEight(ushort* to, ulong first, ulong second, float scale)
    {
        (Vector128<int> low, Vector128<int> high) = Vector128.Widen(Vector128.Create(first, second).AsInt16());
        Vector256<uint> bits = (Vector256.ConvertToSingle(Vector256.Create(low, high)) * scale).AsUInt32();
        bits = (bits + Vector256.Create(0x7FFFu) + ((bits >>> 16) & Vector256<uint>.One)) >>> 16;
        Vector128.Narrow(bits.GetLower(), bits.GetUpper()).Store(to);
    }
}
