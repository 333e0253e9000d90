using System.Runtime.CompilerServices;
using MLPlatform.Vlps.Stepping;
using MLPlatform.Vlps.Tables;

namespace MLPlatform.Vlps.Shards;

/// <summary>
/// A row between shard and worker: what computing needs, and no state of the optimizer.
/// <code>
/// 2 how often its id was seen, 0: there is no row   [4 linear weight]   factors as the table keeps them
/// </code>
/// Its gradient, back: [4 that of the weight], 4 for each factor.
/// </summary>
internal sealed unsafe class RowWire
{
    private readonly RowLayout _layout;
    private readonly int _factorBytes;

    public RowWire(RowUpdater updater)
    {
        _layout = updater.Layout;
        Dim = updater.Dim;
        _factorBytes = Dim * (updater.IsNarrow ? sizeof(ushort) : sizeof(float));
        Bytes = sizeof(ushort) + (_layout.Linear ? sizeof(float) : 0) + _factorBytes;
        GradientBytes = (_layout.Linear ? sizeof(float) : 0) + (Dim * sizeof(float));
    }

    public int Dim { get; }

    public int Bytes { get; }

    public int GradientBytes { get; }

    public void Pack(byte* row, byte* to)
    {
        *(ushort*)to = Math.Max((ushort)1, *(ushort*)(row + _layout.CountOffset));
        to += sizeof(ushort);
        if (_layout.Linear)
        {
            *(float*)to = *(float*)(row + _layout.LinearOffset);
            to += sizeof(float);
        }
        Unsafe.CopyBlockUnaligned(to, row + _layout.FactorsOffset, (uint)_factorBytes);
    }

    /// <summary>False if there is no row; then nothing is written.</summary>
    /// <param name="row">Room for a row of the layout, with padding of 0.</param>
    public bool Unpack(byte* from, byte* row)
    {
        ushort count = *(ushort*)from;
        if (count == 0)
            return false;
        *(ushort*)(row + _layout.CountOffset) = count;
        from += sizeof(ushort);
        if (_layout.Linear)
        {
            *(float*)(row + _layout.LinearOffset) = *(float*)from;
            from += sizeof(float);
        }
        Unsafe.CopyBlockUnaligned(row + _layout.FactorsOffset, from, (uint)_factorBytes);
        return true;
    }

    public void PackGradient(float weight, float* gradient, byte* to)
    {
        if (_layout.Linear)
        {
            *(float*)to = weight;
            to += sizeof(float);
        }
        Unsafe.CopyBlockUnaligned(to, gradient, (uint)Dim * sizeof(float));
    }

    /// <summary>Adds a gradient to a sum whose first float is the weight's.</summary>
    public void AddGradient(byte* from, float* sum)
    {
        if (_layout.Linear)
        {
            *sum += *(float*)from;
            from += sizeof(float);
        }
        sum++;
        for (int j = 0; j < Dim; j++)
            sum[j] += ((float*)from)[j];
    }
}
