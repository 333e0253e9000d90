namespace MLPlatform.Core.Deployments;

/// <summary>What is counted of one version, in one minute or over many.</summary>
internal sealed class ServingCell
{
    // The log-odds from -12 to 12 in steps of 1/32: AUC is right to about three places.
    private const int Bins = 768;
    private const double Reach = 12;

    // Microseconds in steps of an eighth of an octave, up to about two minutes.
    private const int Times = 8 * 27;

    private long _requests, _errors, _impressions, _positives;
    private double _loss, _lossSquares, _scores, _scoreSquares, _positiveScores;
    private int[]? _negative, _positive;
    private int[]? _times;
    private Dictionary<string, int[]>? _columns;
    private FoundCounts? _found;

    /// <summary>What is counted of lists of items; a version that finds such has no scores that are probabilities.</summary>
    public FoundCounts Found => _found ??= new FoundCounts();

    public long Impressions => _impressions;

    public void Ask(bool failed, TimeSpan took)
    {
        _requests++;
        _errors += failed ? 1 : 0;
        (_times ??= new int[Times])[Math.Clamp((int)(8 * Math.Log2(Math.Max(1, took.TotalMicroseconds))), 0, Times - 1)]++;
    }

    public void Show(float score, bool positive)
    {
        _negative ??= new int[Bins];
        _positive ??= new int[Bins];
        _impressions++;
        _positives += positive ? 1 : 0;
        double loss = Loss(score, positive);
        _loss += loss;
        _lossSquares += loss * loss;
        _scores += score;
        _scoreSquares += (double)score * score;
        _positiveScores += positive ? score : 0;
        (positive ? _positive : _negative)[Bin(score)]++;
    }

    /// <summary>Turns a negative impression of this score positive.</summary>
    public void Turn(float score)
    {
        _positives++;
        double before = Loss(score, false), now = Loss(score, true);
        _loss += now - before;
        _lossSquares += now * now - before * before;
        _positiveScores += score;
        _negative![Bin(score)]--;
        _positive![Bin(score)]++;
    }

    /// <summary>Counts an item that was found.</summary>
    public void ShowFound() => _impressions++;

    /// <summary>Turns a negative item that was found positive.</summary>
    public void TurnFound(int rank)
    {
        _positives++;
        Found.AddFound(rank);
    }

    /// <summary>Counts the bins of a column's values.</summary>
    public void Read(string column, ReadOnlySpan<byte> bins)
    {
        _columns ??= new Dictionary<string, int[]>(StringComparer.Ordinal);
        if (!_columns.TryGetValue(column, out int[]? counts))
            _columns[column] = counts = new int[ColumnBins.Count + 1];
        foreach (byte bin in bins)
            counts[bin]++;
    }

    public void Add(ServingCell other)
    {
        foreach ((string column, int[] counts) in other._columns ?? [])
        {
            _columns ??= new Dictionary<string, int[]>(StringComparer.Ordinal);
            int[]? mine = _columns.GetValueOrDefault(column);
            Add(ref mine, counts);
            _columns[column] = mine!;
        }
        _requests += other._requests;
        _errors += other._errors;
        _impressions += other._impressions;
        _positives += other._positives;
        _loss += other._loss;
        _lossSquares += other._lossSquares;
        _scores += other._scores;
        _scoreSquares += other._scoreSquares;
        _positiveScores += other._positiveScores;
        Add(ref _negative, other._negative);
        Add(ref _positive, other._positive);
        Add(ref _times, other._times);
        if (other._found is { } found)
            Found.Add(found);
    }

    /// <summary>What is counted of requests, without impressions.</summary>
    public AskedParts AskedParts() => new(
        _requests, _errors, Sparse(_times), (_columns ?? []).ToDictionary(c => c.Key, c => Sparse(c.Value), StringComparer.Ordinal));

    /// <summary>A cell with these counts of requests; bins that there are not are left out.</summary>
    public static ServingCell OfAsked(AskedParts parts) => new()
    {
        _requests = parts.Requests,
        _errors = parts.Errors,
        _times = Dense(parts.Times, Times),
        _columns = parts.Columns.ToDictionary(c => c.Key, c => Dense(c.Value, ColumnBins.Count + 1), StringComparer.Ordinal),
    };

    /// <summary>A cell of its own with the same counts.</summary>
    public ServingCell Copy()
    {
        ServingCell copy = new();
        copy.Add(this);
        return copy;
    }

    /// <summary>How many impressions scored in each bin of log-odds, for drift; empty before the first.</summary>
    public IReadOnlyList<long> Scores() => _negative is null ? [] : [.. _negative.Select((n, bin) => n + (long)_positive![bin])];

    /// <summary>How many values of each column were in each bin, the last for missing ones.</summary>
    public IReadOnlyDictionary<string, int[]> Columns() => _columns ?? [];

    public VersionFigures Figures(int version)
    {
        (double? auc, double? aucError) = Auc();
        return new(
            version, _requests, _errors, Ratio(_errors, _requests), Milliseconds(0.5 * _requests), Milliseconds(0.99 * _requests), _impressions, _positives,
            Ratio(_positives, _impressions), auc, Ratio(_loss, Scored), _positives == 0 || Scored == 0 ? null : _scores / _positives)
        {
            Found = _found?.Figures(),
            LatencyP99Low = Milliseconds(0.99 * _requests - LatencyReach, edge: 0),
            LatencyP99High = 0.99 * _requests + LatencyReach > _requests ? null : Milliseconds(0.99 * _requests + LatencyReach),
            AucError = aucError,
            LogLossError = Scored < 2 ? null : Root((_lossSquares - _loss * _loss / _impressions) / (_impressions - 1) / _impressions),
            CalibrationError = CalibrationError(),
        };
    }

    // Impressions whose scores are probabilities.
    private long Scored => _found is null ? _impressions : 0;

    // By the order of the requests: so many ranks are three standard errors of how many lie below the quantile.
    private double LatencyReach => 3 * Math.Sqrt(_requests * 0.99 * 0.01);

    // Of a ratio of sums, by the residuals from it.
    private double? CalibrationError()
    {
        if (_positives == 0 || Scored == 0)
            return null;
        double ratio = _scores / _positives;
        return Root(_scoreSquares - 2 * ratio * _positiveScores + ratio * ratio * _positives) / _positives;
    }

    /// <summary>The AUC and its standard error, after DeLong. The error is half an observation at least: perfect order is luck, too.</summary>
    private (double? Value, double? Error) Auc()
    {
        long negatives = _impressions - _positives;
        if (_positives == 0 || negatives == 0 || Scored == 0)
            return (null, null);
        double below = 0, area = 0, squares = 0, otherSquares = 0, above = _positives;
        for (int bin = 0; bin < Bins; bin++)
        {
            above -= _positive![bin];
            double wins = below + _negative![bin] * 0.5, losses = above + _positive[bin] * 0.5; // Ties count one half.
            area += _positive[bin] * wins;
            squares += _positive[bin] * wins * wins;
            otherSquares += _negative[bin] * losses * losses;
            below += _negative[bin];
        }
        double auc = area / (_positives * (double)negatives);
        if (_positives < 2 || negatives < 2)
            return (auc, null);
        double byPositives = (squares / negatives / negatives - _positives * auc * auc) / (_positives - 1) / _positives;
        double byNegatives = (otherSquares / _positives / _positives - negatives * auc * auc) / (negatives - 1) / negatives;
        return (auc, Math.Max(Root(byPositives + byNegatives), 0.5 / Math.Min(_positives, negatives)));
    }

    private double? Milliseconds(double place, int edge = 1)
    {
        if (_times is null)
            return null;
        long rank = Math.Clamp((long)Math.Ceiling(place), 1, Math.Max(1, _requests));
        for (int bin = 0; bin < Times; bin++)
        {
            rank -= _times[bin];
            if (rank <= 0)
                return Math.Pow(2, (bin + edge) / 8.0) / 1000;
        }
        return null;
    }

    private static double Root(double variance) => Math.Sqrt(Math.Max(0, variance)); // Rounding may leave less than nothing.

    private static double? Ratio(double part, long whole) => whole == 0 ? null : part / whole;

    private static double Loss(float score, bool positive)
    {
        double p = Math.Clamp(score, 1e-7, 1 - 1e-7);
        return -Math.Log(positive ? p : 1 - p);
    }

    private static int Bin(float score)
    {
        double p = Math.Clamp(score, 1e-7, 1 - 1e-7);
        return Math.Clamp((int)((Math.Log(p / (1 - p)) + Reach) * (Bins / (2 * Reach))), 0, Bins - 1);
    }

    private static Dictionary<int, int> Sparse(int[]? counts) =>
        (counts ?? []).Index().Where(c => c.Item != 0).ToDictionary(c => c.Index, c => c.Item);

    private static int[] Dense(Dictionary<int, int> counts, int length)
    {
        int[] dense = new int[length];
        foreach ((int bin, int count) in counts.Where(c => c.Key >= 0 && c.Key < length))
            dense[bin] = count;
        return dense;
    }

    private static void Add(ref int[]? sum, int[]? other)
    {
        if (other is null)
            return;
        sum ??= new int[other.Length];
        for (int i = 0; i < other.Length; i++)
            sum[i] += other[i];
    }
}
