using System.Text;

namespace MLPlatform.Core.Deployments;

/// <summary>A row of a request that is shown.</summary>
/// <param name="Row">Its place in the request, from 0.</param>
/// <param name="Position">Where it is shown, from 1.</param>
/// <param name="Propensity">How likely it was to be shown there, given what is shown above it: what off-policy estimates weigh by.</param>
public readonly record struct ShownRow(int Row, int Position, double Propensity);

/// <summary>
/// Chooses what to show of what was scored: the best first, but each position goes with a given chance to any of the
/// rows left, so that something is learned about all. The request's id alone draws, so the same request is answered alike.
/// </summary>
public static class Ranking
{
    /// <param name="scores">One for each row; what is not finite comes last.</param>
    /// <param name="top">How many to show.</param>
    /// <param name="explore">The chance of a position to go to any of the rows left, from 0 to 1.</param>
    public static IReadOnlyList<ShownRow> Choose(string requestId, ReadOnlySpan<float> scores, int top, double explore)
    {
        float[] keys = new float[scores.Length];
        for (int i = 0; i < keys.Length; i++)
            keys[i] = float.IsFinite(scores[i]) ? -scores[i] : float.PositiveInfinity;
        int[] order = [.. Enumerable.Range(0, keys.Length)];
        Array.Sort([.. keys.Select((key, row) => (key, row))], order); // Ties go to the earlier row.
        List<int> left = [.. order];
        ulong state = Seed(requestId);
        List<ShownRow> shown = [];
        for (int position = 1; position <= Math.Min(top, scores.Length); position++)
        {
            int at = explore > 0 && Unit(ref state) < explore ? (int)(Unit(ref state) * left.Count) : 0;
            double propensity = explore / left.Count + (at == 0 ? 1 - explore : 0);
            shown.Add(new ShownRow(left[at], position, propensity));
            left.RemoveAt(at);
        }
        return shown;
    }

    private static ulong Seed(string requestId)
    {
        ulong hash = 0xCBF2_9CE4_8422_2325;
        foreach (byte b in Encoding.UTF8.GetBytes(requestId))
            hash = (hash ^ b) * 0x100_0000_01B3;
        return hash;
    }

    // splitmix64
    private static double Unit(ref ulong state)
    {
        ulong z = state += 0x9E37_79B9_7F4A_7C15;
        z = (z ^ (z >> 30)) * 0xBF58_476D_1CE4_E5B9;
        z = (z ^ (z >> 27)) * 0x94D0_49BB_1331_11EB;
        return ((z ^ (z >> 31)) >> 11) * (1.0 / (1UL << 53));
    }
}
