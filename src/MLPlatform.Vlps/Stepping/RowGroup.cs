using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace MLPlatform.Vlps.Stepping;

/// <summary>Some rows that are stepped together, with their gradients: see <see cref="RowUpdater.StepGroup"/>.</summary>
internal readonly unsafe ref struct RowGroup
{
    /// <summary>Rows at most: as many as a vector has lanes.</summary>
    public const int Most = 16;

    /// <summary>What a group takes, alignment included.</summary>
    public const int Bytes = (Most * ((16 * sizeof(float)) + sizeof(ulong) + sizeof(ulong) + sizeof(float))) + 64;

    /// <param name="memory">On the stack, of <see cref="Bytes"/>.</param>
    public RowGroup(Span<byte> memory)
    {
        byte* at = (byte*)(((nint)Unsafe.AsPointer(ref MemoryMarshal.GetReference(memory)) + 63) & -64);
        Gradients = (float*)at;
        Rows = (nint*)(Gradients + (Most * 16));
        Ids = (ulong*)(Rows + Most);
        WeightGradients = (float*)(Ids + Most);
    }

    /// <summary>Of each row, those of its 16 factors; on the boundary of a cache line.</summary>
    public float* Gradients { get; }

    public nint* Rows { get; }

    public ulong* Ids { get; }

    /// <summary>Of each row, that of its linear weight.</summary>
    public float* WeightGradients { get; }
}
