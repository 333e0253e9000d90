namespace MLPlatform.Activities.Samples.AppStore;

/// <summary>When and how far the fashion turns: everybody's taste turns the same way, so that what was liked is liked no more.</summary>
/// <param name="From">The first day, from 0, on which it has begun to turn.</param>
/// <param name="Days">How many days it takes.</param>
/// <param name="Degrees">0: it stays; 90: the old taste says nothing about the new one; 180: people like the opposite.</param>
internal sealed record TasteTurn(int From, int Days, double Degrees)
{
    public static TasteTurn None { get; } = new(int.MaxValue, 1, 0);

    /// <summary>How far it has turned on a day, in degrees.</summary>
    public double On(int day) => day < From ? 0 : Degrees * Math.Min(1, (day - From + 1.0) / Days);
}

/// <summary>Somebody opens the store.</summary>
/// <param name="Candidates">Apps that might be shown.</param>
/// <param name="Luck">For each candidate what a click depends on besides its probability, so that two stores that show the same app to the same person see the same click.</param>
internal sealed record StoreRequest(string Id, DateTime Time, Visit Visit, App[] Candidates, double[] Luck);

/// <summary>
/// The store of <see cref="AppStoreWorld"/> day by day, with people who react to what is shown to them and whose taste
/// turns. The same settings give the same requests and the same luck whatever is shown.
/// </summary>
internal sealed class LivingStore
{
    private readonly AppStoreSettings _settings;
    private readonly TasteTurn _turn;
    private readonly AppStoreWorld _world;

    public LivingStore(AppStoreSettings settings, TasteTurn turn)
    {
        (_settings, _turn) = (settings, turn);
        _world = new AppStoreWorld(settings, new SeededRandom(settings.Seed * 4)); // The people and apps of the written logs.
    }

    /// <summary>The requests of a day, in the order of time.</summary>
    /// <param name="day">From 0, the first day of the settings.</param>
    /// <param name="requests">How many.</param>
    /// <param name="candidates">Apps to choose from for each; at most half of the store.</param>
    public IEnumerable<StoreRequest> Day(int day, int requests, int candidates)
    {
        DateTime midnight = _settings.Start.AddDays(day).ToDateTime(TimeOnly.MinValue, DateTimeKind.Utc);
        SeededRandom random = new(unchecked(_settings.Seed * 1_000_000_007 + day));
        int[] times = new int[requests];
        for (int i = 0; i < requests; i++)
            times[i] = random.Next(86_400_000);
        Array.Sort(times);
        foreach (int milliseconds in times)
        {
            DateTime time = midnight.AddMilliseconds(milliseconds);
            string id = "r" + random.NextBits().ToString("x16", System.Globalization.CultureInfo.InvariantCulture);
            Visit visit = _world.NextVisit(time.Hour, random);
            HashSet<App> chosen = [];
            while (chosen.Count < Math.Min(candidates, _world.Apps.Length / 2))
                chosen.Add(_world.NextApp(random));
            App[] apps = [.. chosen.OrderBy(a => a.Id, StringComparer.Ordinal)];
            yield return new StoreRequest(id, time, Turned(visit, day), apps, [.. apps.Select(_ => random.NextDouble())]);
        }
    }

    /// <summary>How likely a candidate is clicked at a position, from 1; what no model can know better.</summary>
    public double Probability(StoreRequest request, int candidate, int position) =>
        _world.ClickProbability(request.Visit, request.Candidates[candidate], position);

    /// <summary>Whether a candidate is clicked where it is shown.</summary>
    public bool Clicks(StoreRequest request, int candidate, int position) => request.Luck[candidate] < Probability(request, candidate, position);

    // Turning each plane of the space keeps the length of tastes, and with it how much people click.
    private Visit Turned(Visit visit, int day)
    {
        double angle = _turn.On(day) * Math.PI / 180;
        if (angle == 0)
            return visit;
        (double cos, double sin) = (Math.Round(Math.Cos(angle), 12), Math.Round(Math.Sin(angle), 12)); // The last bits differ between machines.
        double[] old = visit.User.Taste, turned = new double[old.Length];
        for (int i = 0; i < old.Length; i += 2)
            (turned[i], turned[i + 1]) = (cos * old[i] - sin * old[i + 1], sin * old[i] + cos * old[i + 1]);
        return visit with { User = visit.User with { Taste = turned } };
    }
}
