using System.Runtime.InteropServices;
using MLPlatform.Vlps.Batches;
using MLPlatform.Vlps.Metrics;

namespace MLPlatform.Cli.Bench.Vlps;

/// <summary>
/// Made-up clicks of the shape of display advertising: 13 log-normal numbers, 8 % of them missing, and 26 categories by
/// bounded Zipf laws over 10.4 million values. The label is drawn with the chance of a planted linear model with
/// interactions of rank 4, so the best AUC that any model can reach is known. The same seed gives the same rows.
/// </summary>
internal sealed class ClickData
{
    public const int Categories = 26;
    public const int Numbers = 13;

    private const int Rank = 4, Piece = 10_000;
    private const double LinearScale = 0.32, FactorScale = 0.19, Bias = -1.6;

    private static readonly int[] Sizes =
    [
        1460, 583, 4_200_000, 1_600_000, 305, 24, 12_517, 633, 3, 93_145, 5_683, 2_900_000, 3_194,
        27, 14_992, 900_000, 10, 5_652, 2_173, 4, 260_000, 18, 15, 286_181, 105, 142_572,
    ];

    private readonly ulong _seed;
    private readonly long[] _offsets = new long[Categories];
    private readonly double[] _exponents = new double[Categories];
    private readonly double[] _numberWeights = new double[Numbers];

    public ClickData(ulong seed)
    {
        _seed = seed;
        for (int f = 1; f < Categories; f++)
            _offsets[f] = _offsets[f - 1] + Sizes[f - 1];
        for (int f = 0; f < Categories; f++)
            _exponents[f] = (Sizes[f] > 100_000 ? 0.82 : 1.02) + (0.14 * Uniform(Mix((seed * 977) + (ulong)f)));
        for (int n = 0; n < Numbers; n++)
            _numberWeights[n] = 0.18 * Normal(Mix(seed ^ 0x11) + (ulong)n);
    }

    /// <summary>Values of all categories together.</summary>
    public static int Vocabulary { get; } = Sizes.Sum();

    /// <summary>Fills a block with rows, and says each row's chance of a click.</summary>
    /// <param name="first">The first of them, from 0.</param>
    public void Fill(FieldBlock block, int rows, float[] chances, long first = 0)
    {
        block.SetRows(rows);
        for (int f = 0; f < Categories; f++)
            block.Fields[f].Fill(rows);
        ForEachRow(first, rows, (row, made) =>
        {
            Span<float> numbers = block.Numbers.Slice(row * Numbers, Numbers);
            for (int n = 0; n < Numbers; n++)
                numbers[n] = float.IsNaN(made.Numbers[n]) ? 0 : Transform(made.Numbers[n]);
            for (int f = 0; f < Categories; f++)
                block.Fields[f].Set(row, Mix((ulong)made.Ids[f]));
            chances[row] = (float)made.Chance;
            block.Labels(0)[row] = made.Label;
            block.Weights[row] = 1;
        });
    }

    /// <summary>Writes the first rows as torch scripts read them: <c>label.u8</c>, <c>num.f32</c> (NaN: missing), <c>cat.i32</c>, row by row in little endian, and <c>meta.txt</c>.</summary>
    public ClickFacts Write(string folder, int rows)
    {
        byte[] labels = new byte[rows];
        float[] chances = new float[rows];
        float[] numbers = new float[rows * Numbers];
        int[] ids = new int[rows * Categories];
        ForEachRow(0, rows, (row, made) =>
        {
            (labels[row], chances[row]) = ((byte)made.Label, (float)made.Chance);
            made.Numbers.CopyTo(numbers, row * Numbers);
            made.Ids.CopyTo(ids, row * Categories);
        });
        File.WriteAllBytes(Path.Combine(folder, "label.u8"), labels);
        WriteAll(Path.Combine(folder, "num.f32"), numbers);
        WriteAll(Path.Combine(folder, "cat.i32"), ids);
        File.WriteAllText(Path.Combine(folder, "meta.txt"), $"rows {rows}\nvocab {Vocabulary}\n");
        int trained = rows * 9 / 10;
        return new ClickFacts(rows, labels.Average(l => (double)l), Ranking.Auc(chances.AsSpan(trained), labels.AsSpan(trained)));
    }

    private static void WriteAll<T>(string file, T[] values)
        where T : unmanaged
    {
        using FileStream stream = File.Create(file);
        for (int from = 0; from < values.Length; from += 1 << 24)
            stream.Write(MemoryMarshal.AsBytes(values.AsSpan(from, Math.Min(1 << 24, values.Length - from))));
    }

    private void ForEachRow(long first, int rows, Action<int, ClickRow> use) => Parallel.For(0, (rows + Piece - 1) / Piece, piece =>
    {
        var made = new ClickRow();
        for (int row = piece * Piece; row < Math.Min(rows, (piece + 1) * Piece); row++)
        {
            Make(first + row, made);
            use(row, made);
        }
    });

    private void Make(long row, ClickRow made)
    {
        ulong random = Mix((_seed * 1_000_003) + (ulong)row);
        double margin = Bias, latent = Uniform(Mix(random ^ 0x5151));
        for (int n = 0; n < Numbers; n++)
        {
            ulong hash = Mix(random + 0x1000 + (ulong)n);
            bool missing = Uniform(Mix(hash ^ 0x77)) < 0.08;
            double x = Normal(hash);
            margin += missing ? 0 : _numberWeights[n] * x;
            made.Numbers[n] = missing ? float.NaN : (float)Math.Round(Math.Exp(1 + (0.9 * x)), 3);
        }
        made.Chance = 1 / (1 + Math.Exp(-(margin + MakeCategories(made, random, latent))));
        made.Label = Uniform(Mix(random ^ 0x9999)) < made.Chance ? 1 : 0;
    }

    private double MakeCategories(ClickRow made, ulong random, double latent)
    {
        double margin = 0, squares = 0;
        Span<double> sums = stackalloc double[Rank];
        sums.Clear();
        for (int f = 0; f < Categories; f++)
        {
            double u = Uniform(Mix(random + 0x2000 + (ulong)f));
            if ((f & 3) == 1)
                u = (0.7 * u) + (0.3 * latent);
            long id = _offsets[f] + Zipf(u, Sizes[f], _exponents[f]);
            made.Ids[f] = (int)id;
            ulong planted = Mix((_seed * 31) + (ulong)id);
            margin += LinearScale * Normal(planted);
            for (int k = 0; k < Rank; k++)
            {
                double v = FactorScale * Normal(planted + 0x100 + (ulong)k);
                sums[k] += v;
                squares += v * v;
            }
        }
        foreach (double sum in sums)
            margin += 0.5 * sum * sum;
        return margin - (0.5 * squares);
    }

    private sealed class ClickRow
    {
        public float[] Numbers { get; } = new float[ClickData.Numbers];
        public int[] Ids { get; } = new int[Categories];
        public double Chance { get; set; }
        public float Label { get; set; }
    }

    // What both sides make of a number: its logarithm, about centred; a missing one is 0.
    private static float Transform(float value) => MathF.Log(1 + value) - 1.5f;

    private static long Zipf(double u, int size, double exponent)
    {
        double e = 1 - exponent, top = Math.Pow(size + 1.0, e);
        return (long)Math.Min(size - 1, Math.Floor(Math.Pow((u * (top - 1)) + 1, 1 / e)) - 1);
    }

    internal static ulong Mix(ulong x)
    {
        x += 0x9E37_79B9_7F4A_7C15;
        x = (x ^ (x >> 30)) * 0xBF58_476D_1CE4_E5B9;
        x = (x ^ (x >> 27)) * 0x94D0_49BB_1331_11EB;
        return x ^ (x >> 31);
    }

    private static double Uniform(ulong hash) => ((hash >> 11) + 0.5) * (1.0 / 9007199254740992.0);

    private static double Normal(ulong hash) =>
        Math.Sqrt(-2 * Math.Log(Uniform(Mix(hash)))) * Math.Cos(2 * Math.PI * Uniform(Mix(hash ^ 0xABCDEF1234567)));
}

/// <summary>What rows that were made have in them.</summary>
/// <param name="BestAuc">Of the last tenth, by the chances that the labels were drawn with: no model can do better. Null where there is one class only.</param>
internal sealed record ClickFacts(int Rows, double ClickRate, double? BestAuc);
