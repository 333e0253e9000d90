namespace MLPlatform.Vlps.Metrics;

public static class Losses
{
    /// <summary>Probabilities are held this far from 0 and 1, so that one sure mistake does not make a mean infinite.</summary>
    public const double Margin = 1e-7;

    /// <summary>-ln of the probability given to what happened.</summary>
    public static double LogLoss(float probability, float label)
    {
        double p = label > 0 ? probability : 1.0 - probability;
        return -Math.Log(Math.Clamp(p, Margin, 1 - Margin));
    }
}
