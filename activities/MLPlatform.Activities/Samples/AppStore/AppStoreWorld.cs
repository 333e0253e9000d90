namespace MLPlatform.Activities.Samples.AppStore;

/// <param name="Quality">What everybody thinks of it, in log odds.</param>
/// <param name="Nature">Its place in the space of tastes.</param>
internal sealed record App(string Id, int Category, int SecondCategory, string Price, double Quality, double[] Nature);

/// <param name="Taste">The hidden reason for the clicks; no log shows it.</param>
/// <param name="Habits">For each category the share of the user's installs, added up.</param>
internal sealed record User(string Id, string Device, double[] Taste, double[] Habits);

/// <summary>What an impression was shown in.</summary>
internal sealed record Visit(User User, int Hour, string Network, int RecentCategory);

/// <summary>
/// Users with hidden tastes, apps with categories and quality. Whether somebody clicks depends mostly on how taste and
/// app fit, which a linear model over ids cannot express and a factorization machine can.
/// </summary>
internal sealed class AppStoreWorld
{
    public static readonly IReadOnlyList<string> Categories =
        ["games", "social", "video", "music", "shopping", "finance", "travel", "health", "education", "news", "photo", "tools"];

    private static readonly string[] Devices = ["entry", "middle", "flagship"];
    private static readonly string[] Networks = ["wifi", "5g", "4g"];
    private static readonly string[] Prices = ["free", "free", "free", "paid"];

    private const int Dimensions = 4;
    private const double TasteWeight = 1.0;
    private const double BaseLogOdds = -1.75;
    private const double LogOddsPerPosition = -0.18;

    private readonly double[][] _categoryNature;
    private readonly double[][] _hourLiking;

    public AppStoreWorld(AppStoreSettings settings, SeededRandom random)
    {
        _categoryNature = Make(Categories.Count, _ => Direction(random));
        _hourLiking = Make(Categories.Count, _ => Make(4, _ => 0.25 * random.NextNormal()));
        Apps = Make(settings.Apps, i => MakeApp(i, random));
        Users = Make(settings.Users, i => MakeUser(i, random));
    }

    public App[] Apps { get; }

    public User[] Users { get; }

    /// <summary>A few users come often, most seldom; what somebody installed last tells something of the taste.</summary>
    public Visit NextVisit(int hour, SeededRandom random)
    {
        double rank = random.NextDouble();
        User user = Users[(int)(rank * rank * Users.Length)];
        double share = random.NextDouble();
        int recent = random.Chance(0.6) ? Array.FindIndex(user.Habits, habit => share < habit) : random.Next(Categories.Count);
        return new Visit(user, hour, Networks[random.Next(Networks.Length)], recent);
    }

    /// <summary>Popular apps are shown more often.</summary>
    public App NextApp(SeededRandom random)
    {
        double rank = random.NextDouble();
        return Apps[(int)(rank * Math.Sqrt(rank) * Apps.Length)];
    }

    public double ClickProbability(Visit visit, App app, int position)
    {
        double fit = 0;
        for (int i = 0; i < Dimensions; i++)
            fit += visit.User.Taste[i] * app.Nature[i];
        return PortableMath.Logistic(
            BaseLogOdds + app.Quality + TasteWeight * fit + LogOddsPerPosition * (position - 1) + _hourLiking[app.Category][visit.Hour / 6]);
    }

    private App MakeApp(int index, SeededRandom random)
    {
        int category = random.Next(Categories.Count);
        int second = random.Next(Categories.Count);
        double[] nature = Make(Dimensions, i => _categoryNature[category][i] + 0.3 * _categoryNature[second][i] + 0.15 * random.NextNormal());
        return new App($"a{index:D4}", category, second, Prices[random.Next(Prices.Length)], 0.45 * random.NextNormal(), nature);
    }

    private User MakeUser(int index, SeededRandom random)
    {
        double[] taste = Make(Dimensions, _ => random.NextNormal());
        double[] habits = new double[Categories.Count];
        double sum = 0;
        for (int c = 0; c < habits.Length; c++)
        {
            double fit = 0;
            for (int i = 0; i < Dimensions; i++)
                fit += taste[i] * _categoryNature[c][i];
            habits[c] = sum += PortableMath.Exp(2 * fit);
        }
        for (int c = 0; c < habits.Length; c++)
            habits[c] = c == habits.Length - 1 ? 1 : habits[c] / sum;
        return new User($"u{index:D6}", Devices[random.Next(Devices.Length)], taste, habits);
    }

    private static double[] Direction(SeededRandom random)
    {
        double[] vector = Make(Dimensions, _ => random.NextNormal());
        double length = Math.Sqrt(vector.Sum(x => x * x));
        return Make(Dimensions, i => vector[i] / length);
    }

    private static T[] Make<T>(int count, Func<int, T> make)
    {
        T[] made = new T[count];
        for (int i = 0; i < count; i++)
            made[i] = make(i);
        return made;
    }
}
