namespace MLPlatform.Vlps.Training;

/// <summary>The area under the curve of a block's scores, to about three places: counted in bins, so that it costs nothing beside training.</summary>
internal sealed class BlockAuc
{
    private const int Bins = 4096;

    // Chances of clicks are small: bins are even in their cube root, so that they are fine where the scores are.
    private readonly int[] _positives = new int[Bins], _negatives = new int[Bins];

    /// <summary>Null where there is one class only.</summary>
    public double? Value
    {
        get
        {
            double wins = 0;
            long positives = 0, negatives = 0;
            for (int bin = 0; bin < Bins; bin++)
            {
                wins += _positives[bin] * (negatives + (0.5 * _negatives[bin]));
                positives += _positives[bin];
                negatives += _negatives[bin];
            }
            return positives == 0 || negatives == 0 ? null : wins / ((double)positives * negatives);
        }
    }

    public void Clear()
    {
        Array.Clear(_positives);
        Array.Clear(_negatives);
    }

    public void Add(float score, bool positive)
    {
        int bin = Math.Clamp((int)(MathF.Cbrt(score) * Bins), 0, Bins - 1);
        (positive ? _positives : _negatives)[bin]++;
    }
}
