using System.Globalization;
using System.Runtime.InteropServices;
using MLPlatform.Vlps.Tables;

namespace MLPlatform.Benchmarks.Vlps;

/// <summary>What the benchmarks of the table have in common.</summary>
internal static unsafe class Sample
{
    public static readonly RowLayout Layout = new(16, Precision.BFloat16, RowOptimizer.Adagrad, linear: true);

    public static object Machine() => new
    {
        cpu = File.Exists("/proc/cpuinfo") ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim() : null,
        cores = Environment.ProcessorCount,
        memoryGiB = Math.Round(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (double)(1 << 30), 1),
        os = RuntimeInformation.OSDescription,
        runtime = RuntimeInformation.FrameworkDescription,
    };

    /// <summary>Memory of this process, in bytes.</summary>
    public static long Resident() =>
        long.Parse(File.ReadAllText("/proc/self/statm").Split(' ')[1], CultureInfo.InvariantCulture) * Environment.SystemPageSize;

    /// <summary>One step of row-wise Adagrad towards a target that the id alone decides: a function of the row, so that a run can be repeated.</summary>
    public static void Step(EmbeddingTable table, ReadOnlySpan<ulong> ids, ReadOnlySpan<uint> rows)
    {
        RowLayout layout = table.Layout;
        for (int i = 0; i < rows.Length; i++)
        {
            if (rows[i] == EmbeddingTable.NoRow)
                continue;
            byte* row = table.Row(rows[i]);
            float target = (ids[i] >> 40 & 0xFF) / 256f - 0.5f;
            float* linear = (float*)(row + layout.LinearOffset), linearSquares = (float*)(row + layout.LinearStateOffset);
            float error = *linear - target;
            *linearSquares += error * error;
            *linear -= 0.1f * error / MathF.Sqrt(*linearSquares);
            ushort* factors = (ushort*)(row + layout.FactorsOffset);
            float* squares = (float*)(row + layout.FactorStateOffset);
            float sum = 0;
            for (int k = 0; k < layout.Dim; k++)
                sum += BFloat.ToFloat(factors[k]) * BFloat.ToFloat(factors[k]);
            *squares += sum / layout.Dim;
            float rate = 0.1f / MathF.Sqrt(*squares);
            for (int k = 0; k < layout.Dim; k++)
                factors[k] = BFloat.Nearest(BFloat.ToFloat(factors[k]) * (1 - 0.1f * rate) + rate * error * 0.01f);
        }
    }

    public static string? Option(string[] options, string name) => Array.IndexOf(options, name) is >= 0 and var at && at + 1 < options.Length ? options[at + 1] : null;

    public static long Number(string[] options, string name, long usual) => Option(options, name) is { } text ? long.Parse(text, CultureInfo.InvariantCulture) : usual;
}
