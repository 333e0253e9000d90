using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace MLPlatform.Benchmarks.Vlps;

/// <summary>How many cache lines in random places the machine reads in a second: the bound of every embedding table.</summary>
internal static unsafe class LineRate
{
    /// <param name="bytes">What they are spread over; the rate falls with it.</param>
    /// <param name="threads">How many read at once.</param>
    /// <returns>Millions of lines in a second.</returns>
    public static double Measure(long bytes, int threads)
    {
        const int Lines = 20_000_000, Ahead = 32;
        byte* memory = (byte*)NativeMemory.AlignedAlloc((nuint)bytes, 2 << 20);
        NativeMemory.Fill(memory, (nuint)bytes, 1);
        long lines = bytes / 64, sum = 0;
        long began = Stopwatch.GetTimestamp();
        Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads }, thread =>
        {
            ulong ahead = (ulong)thread << 32, now = ahead;
            long own = 0;
            for (int i = 0; i < Lines + Ahead; i++)
            {
                if (Sse.IsSupported)
                    Sse.Prefetch0(memory + Place(ahead++, lines));
                if (i >= Ahead)
                    own += memory[Place(now++, lines)];
            }
            Interlocked.Add(ref sum, own);
        });
        double seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        NativeMemory.AlignedFree(memory);
        return sum / seconds / 1e6;
    }

    private static long Place(ulong n, long lines) => (long)Math.BigMul(Mix(n), (ulong)lines, out _) * 64;

    private static ulong Mix(ulong n)
    {
        n *= 0x9E37_79B9_7F4A_7C15;
        n = (n ^ (n >> 32)) * 0xD6E8_FEB8_6659_FD93;
        return n ^ (n >> 32);
    }
}
