using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace MLPlatform.Cli.Bench.Vlps;

/// <summary>What the machine can do at most just now: it shares its memory and its clock with neighbours.</summary>
/// <param name="GigaFlops">Fused multiply-adds in registers, each two operations, of all threads in 10⁹ a second.</param>
/// <param name="RandomLines">Random 64-byte lines read from <paramref name="FootprintMiB"/> of memory on huge pages, of all threads a second.</param>
/// <param name="NewBytes">Bytes of new memory, on huge pages, that the system gave all threads a second; null where it was not measured.</param>
internal sealed partial record MachineLimits(double GigaFlops, double RandomLines, long FootprintMiB, double? NewBytes = null)
{
    private const int Tries = 5, Steps = 2_000_000, Chains = 12, Reads = 4_000_000;

    public static MachineLimits Measure(int threads, long footprint) => new(
        Math.Round(Best(threads, Multiply, Steps * Chains * 2.0 * (Vector512.IsHardwareAccelerated ? 16 : 8)) / 1e9, 1),
        Math.Round(ReadLines(threads, footprint)),
        footprint >> 20,
        NewBytes: Math.Round(Touch(threads, footprint)));

    // Once: what was just given back to the system is had again for less.
    private static unsafe double Touch(int threads, long footprint)
    {
        nuint bytes = (nuint)Math.Clamp(footprint, 64L << 20, 1L << 30), share = bytes / (nuint)threads, page = (nuint)Environment.SystemPageSize;
        byte* memory = (byte*)NativeMemory.AllocZeroed(bytes);
        AskForHugePages((nint)memory, (nint)bytes);
        double seconds = Run(threads, member =>
        {
            for (nuint at = share * (nuint)member, end = at + share; at < end; at += page)
                memory[at] = 1;
        });
        NativeMemory.Free(memory);
        return bytes / seconds;
    }

    private static double ReadLines(int threads, long footprint)
    {
        ulong[] memory = GC.AllocateUninitializedArray<ulong>((int)Math.Clamp(footprint / 8, 1 << 20, 1 << 30), pinned: true);
        AskForHugePages(Marshal.UnsafeAddrOfPinnedArrayElement(memory, 0), (nint)memory.Length * sizeof(ulong));
        Array.Fill(memory, 1ul);
        return Best(threads, member => Read(memory, (ulong)member), Reads);
    }

    // As the memory of tables: on small pages the bound would be lower than what tables reach. Advice, before the pages are touched.
    private static void AskForHugePages(nint at, nint bytes)
    {
        const int AdviseHugePages = 14;
        if (!OperatingSystem.IsLinux())
            return;
        nint page = Environment.SystemPageSize, begin = (at + page - 1) & -page;
        _ = madvise(begin, (nuint)((at + bytes - begin) & -page), AdviseHugePages);
    }

    [LibraryImport("libc")]
    private static partial int madvise(nint address, nuint bytes, int advice);

    // The most of a few tries: what a neighbour takes is no limit of the machine.
    private static double Best(int threads, Action<int> work, double each)
    {
        double best = 0;
        for (int i = 0; i < Tries; i++)
            best = Math.Max(best, threads * each / Run(threads, work));
        return best;
    }

    // Seconds until all threads have ended.
    private static double Run(int threads, Action<int> work)
    {
        long start = Stopwatch.GetTimestamp();
        Thread[] others = [.. Enumerable.Range(1, threads - 1).Select(m => new Thread(() => work(m)))];
        Array.ForEach(others, t => t.Start());
        work(0);
        Array.ForEach(others, t => t.Join());
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply(int member)
    {
        if (Vector512.IsHardwareAccelerated)
            Multiply512();
        else
            Multiply256();
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply512()
    {
        Vector512<float> a = Vector512.Create(0.5f), m = Vector512.Create(0.999f);
        Vector512<float> c0 = a, c1 = a, c2 = a, c3 = a, c4 = a, c5 = a, c6 = a, c7 = a, c8 = a, c9 = a, c10 = a, c11 = a;
        for (int i = 0; i < Steps; i++)
        {
            c0 = Vector512.FusedMultiplyAdd(c0, m, a);
            c1 = Vector512.FusedMultiplyAdd(c1, m, a);
            c2 = Vector512.FusedMultiplyAdd(c2, m, a);
            c3 = Vector512.FusedMultiplyAdd(c3, m, a);
            c4 = Vector512.FusedMultiplyAdd(c4, m, a);
            c5 = Vector512.FusedMultiplyAdd(c5, m, a);
            c6 = Vector512.FusedMultiplyAdd(c6, m, a);
            c7 = Vector512.FusedMultiplyAdd(c7, m, a);
            c8 = Vector512.FusedMultiplyAdd(c8, m, a);
            c9 = Vector512.FusedMultiplyAdd(c9, m, a);
            c10 = Vector512.FusedMultiplyAdd(c10, m, a);
            c11 = Vector512.FusedMultiplyAdd(c11, m, a);
        }
        Keep(Vector512.Sum(c0 + c1 + c2 + c3 + c4 + c5 + c6 + c7 + c8 + c9 + c10 + c11));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply256()
    {
        Vector256<float> a = Vector256.Create(0.5f), m = Vector256.Create(0.999f);
        Vector256<float> c0 = a, c1 = a, c2 = a, c3 = a, c4 = a, c5 = a, c6 = a, c7 = a, c8 = a, c9 = a, c10 = a, c11 = a;
        for (int i = 0; i < Steps; i++)
        {
            c0 = Vector256.FusedMultiplyAdd(c0, m, a);
            c1 = Vector256.FusedMultiplyAdd(c1, m, a);
            c2 = Vector256.FusedMultiplyAdd(c2, m, a);
            c3 = Vector256.FusedMultiplyAdd(c3, m, a);
            c4 = Vector256.FusedMultiplyAdd(c4, m, a);
            c5 = Vector256.FusedMultiplyAdd(c5, m, a);
            c6 = Vector256.FusedMultiplyAdd(c6, m, a);
            c7 = Vector256.FusedMultiplyAdd(c7, m, a);
            c8 = Vector256.FusedMultiplyAdd(c8, m, a);
            c9 = Vector256.FusedMultiplyAdd(c9, m, a);
            c10 = Vector256.FusedMultiplyAdd(c10, m, a);
            c11 = Vector256.FusedMultiplyAdd(c11, m, a);
        }
        Keep(Vector256.Sum(c0 + c1 + c2 + c3 + c4 + c5 + c6 + c7 + c8 + c9 + c10 + c11));
    }

    // Addresses do not depend on what is read, so that as many reads are under way as the machine allows.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Read(ulong[] memory, ulong member)
    {
        ulong sum = 0, state = (member + 1) * 0x9E37_79B9_7F4A_7C15;
        ulong lines = (ulong)memory.Length / 8;
        for (int i = 0; i < Reads; i++)
        {
            state = (state * 6364136223846793005) + 1442695040888963407;
            sum += memory[(int)((Math.BigMul(state, lines, out _)) * 8)];
        }
        Keep(sum);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Keep<T>(T value) => GC.KeepAlive(value);
}
