using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using MLPlatform.Vlps.Batches;
using MLPlatform.Vlps.Stepping;

namespace MLPlatform.Vlps.Networks;

/// <summary>
/// The step of one field's rows where <see cref="RowUpdater.IsFast"/>: the gradients of some ids are summed, then their rows
/// are stepped together, so that roots and divisions are taken of many at once and neither loop needs more than the registers.
/// </summary>
internal static unsafe class FastRowSteps
{
    /// <summary>How many rows ahead are fetched into the cache.</summary>
    private const int Ahead = 8;

    /// <summary>Steps all rows of a field.</summary>
    /// <param name="of">What a place gives to the gradient of its row.</param>
    /// <param name="errors">Of each sample.</param>
    /// <param name="empty">The row that stands for absent ones.</param>
    public static void Step<TGradients>(TGradients of, RowUpdater updater, FieldIndex index, float* errors, uint step, nint empty)
        where TGradients : struct, IPlaceGradients
    {
        var group = new RowGroup(stackalloc byte[RowGroup.Bytes]);
        int distinct = index.Distinct, bytes = updater.Layout.Bytes;
        fixed (int* heads = index.Heads, next = index.Next)
        fixed (ulong* ids = index.Ids)
        fixed (nint* rows = index.Pointers)
        {
            for (int u = 0; u < distinct;)
            {
                int count = 0;
                for (; u < distinct && count < RowGroup.Most; u++)
                {
                    Fetch((byte*)rows[Math.Min(u + Ahead, distinct - 1)], bytes);
                    byte* row = (byte*)rows[u];
                    if ((nint)row == empty)
                        continue;
                    float error = 0;
                    Vector512<float> gradient = Vector512<float>.Zero;
                    for (int place = heads[u]; place >= 0; place = next[place])
                    {
                        error += errors[place];
                        gradient = of.Add(gradient, place, errors[place]);
                    }
                    Vector512.StoreAligned(of.Finish(gradient, row, error), group.Gradients + (count * 16));
                    (group.Rows[count], group.Ids[count], group.WeightGradients[count]) = ((nint)row, ids[u], error);
                    count++;
                }
                updater.StepGroup(group, count, step);
            }
        }
    }

    // Rows begin at a multiple of 16 bytes, so the last ones may be on a line of their own.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Fetch(byte* row, int bytes)
    {
        if (!Sse.IsSupported)
            return;
        Sse.Prefetch0(row);
        for (int at = 64; at < bytes; at += 64)
            Sse.Prefetch0(row + at);
        if (bytes > 64)
            Sse.Prefetch0(row + bytes - 1);
    }
}
