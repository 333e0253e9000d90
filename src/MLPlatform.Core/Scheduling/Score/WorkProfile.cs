namespace MLPlatform.Core.Scheduling.Score;

/// <summary>How the work of a pool is spread over run times, learned from what came: work is run time times size.</summary>
public sealed class WorkProfile
{
    private const int Buckets = 64;
    private readonly double[] _work = new double[Buckets];
    private double _all, _weighted;

    /// <summary>The run time that the average piece of work belongs to, in seconds; 0 before anything came.</summary>
    public double Typical => _all > 0 ? _weighted / _all : 0;

    public void Add(double seconds, double size)
    {
        double work = seconds * size;
        _work[Bucket(seconds)] += work;
        _all += work;
        _weighted += work * seconds;
    }

    /// <summary>The part of all work, from 0 to 1, that is of a shorter class of run times; for each class, shortest first.</summary>
    public void SharesBelow(Span<double> shares)
    {
        double below = 0;
        for (int i = 0; i < Buckets; i++)
        {
            shares[i] = _all > 0 ? below / _all : 0;
            below += _work[i];
        }
    }

    /// <summary>Number of classes.</summary>
    public static int Classes => Buckets;

    /// <summary>The class of a run time; each reaches to 1.4 times where it begins.</summary>
    public static int Bucket(double seconds) => seconds <= 1 ? 0 : Math.Min(Buckets - 1, (int)(2 * Math.Log2(seconds)));
}
