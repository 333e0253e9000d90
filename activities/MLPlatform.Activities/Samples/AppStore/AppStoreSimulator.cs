using System.Globalization;

namespace MLPlatform.Activities.Samples.AppStore;

/// <summary>
/// Writes the logs of an app store that never was: what was shown and what people did about it, one folder of JSON
/// lines each. The same settings give the same bytes on every machine.
/// </summary>
public sealed class AppStoreSimulator
{
    /// <summary>Apps shown to one request.</summary>
    public const int AppsPerRequest = 5;

    /// <summary>Sound clicks that end in a download.</summary>
    private const double DownloadRate = 0.35;

    private readonly AppStoreSettings _settings;
    private readonly SeededRandom _traffic;
    private readonly AppStoreWorld _world;
    private readonly AppStoreTruth _truth = new();
    private readonly LogFiles _impressions;
    private readonly LogFiles _feedback;
    private readonly List<(double Probability, bool Clicked)> _outcomes = [];

    private AppStoreSimulator(string impressions, string feedback, AppStoreSettings settings)
    {
        // Each part draws from numbers of its own, so that another rate of faults leaves the people and their clicks alone.
        _settings = settings;
        _world = new AppStoreWorld(settings, new SeededRandom(settings.Seed * 4));
        _traffic = new SeededRandom(settings.Seed * 4 + 1);
        _impressions = new LogFiles(impressions, settings, new SeededRandom(settings.Seed * 4 + 2), _truth.Impressions);
        _feedback = new LogFiles(feedback, settings, new SeededRandom(settings.Seed * 4 + 3), _truth.Feedback);
    }

    /// <summary>Writes both logs into two folders and tells what is in them.</summary>
    /// <param name="progress">Called with the fraction of days done.</param>
    public static async Task<AppStoreTruth> WriteAsync(
        string impressions, string feedback, AppStoreSettings settings, Action<double>? progress, CancellationToken cancel)
    {
        AppStoreSimulator simulator = new(impressions, feedback, settings);
        for (int i = 0; i < settings.Days; i++)
        {
            DateOnly day = settings.Start.AddDays(i);
            simulator.LiveThrough(day);
            await simulator._impressions.CloseAsync(day, cancel);
            await simulator._feedback.CloseAsync(day, cancel);
            progress?.Invoke((i + 1.0) / settings.Days);
        }
        await simulator._impressions.CloseAsync(DateOnly.MaxValue, cancel);
        await simulator._feedback.CloseAsync(DateOnly.MaxValue, cancel);
        simulator._truth.BayesAuc = Auc.Of(simulator._outcomes);
        return simulator._truth;
    }

    private void LiveThrough(DateOnly day)
    {
        DateTime midnight = day.ToDateTime(TimeOnly.MinValue, DateTimeKind.Utc);
        int requests = Math.Max(1, _settings.ImpressionsPerDay / AppsPerRequest);
        for (int i = 0; i < requests; i++)
        {
            DateTime time = midnight.AddMilliseconds(_traffic.Next(86_400_000));
            Visit visit = _world.NextVisit(time.Hour, _traffic);
            string request = Id("r");
            for (int position = 1; position <= AppsPerRequest; position++)
                Show(visit, _world.NextApp(_traffic), position, request, time);
        }
    }

    private void Show(Visit visit, App app, int position, string request, DateTime time)
    {
        string impression = Id("i");
        double probability = _world.ClickProbability(visit, app, position);
        bool clicks = _traffic.Chance(probability);
        bool downloads = _traffic.Chance(DownloadRate);
        bool sound = _impressions.Write(time, ImpressionFields(visit, app, position, request, impression, time), ["userId", "appId"], "position");
        bool clicked = clicks && Click(app, request, impression, time, downloads, sound);
        if (!sound)
            return;
        _truth.Clicked += clicked ? 1 : 0;
        _outcomes.Add((probability, clicked));
    }

    /// <summary>Whether a sound click within the window was logged.</summary>
    private bool Click(App app, string request, string impression, DateTime shown, bool downloads, bool impressionIsSound)
    {
        double patience = _traffic.NextDouble();
        bool inTime = !_traffic.Chance(_settings.AfterWindowRate);
        int delay = 1500 + (int)(patience * patience * 180_000);
        DateTime time = shown.AddMilliseconds(delay) + (inTime ? TimeSpan.Zero : _settings.AttributionWindow);
        bool clickIsSound = Feedback("click", app, request, impression, time);
        _truth.AfterWindow += inTime ? 0 : 1;
        if (_traffic.Chance(_settings.OrphanRate) && Feedback("click", app, Id("r"), Id("i"), time))
            _truth.Orphans++;
        if (downloads && inTime && Feedback("download", app, request, impression, time.AddMilliseconds(4000 + _traffic.Next(20_000))) && impressionIsSound)
            _truth.Downloaded++;
        return inTime && clickIsSound;
    }

    private bool Feedback(string type, App app, string request, string impression, DateTime time) => _feedback.Write(
        time,
        [
            ("eventId", Text(Id("f"))),
            ("type", Text(type)),
            ("impressionId", Text(impression)),
            ("requestId", Text(request)),
            ("appId", Text(app.Id)),
            ("eventTime", Time(time)),
        ],
        ["impressionId"],
        "eventTime");

    private static (string, string)[] ImpressionFields(Visit visit, App app, int position, string request, string impression, DateTime time)
    {
        IReadOnlyList<string> names = AppStoreWorld.Categories;
        string categories = app.SecondCategory == app.Category
            ? $"[{Text(names[app.Category])}]"
            : $"[{Text(names[app.Category])},{Text(names[app.SecondCategory])}]";
        string context = $$"""{"hour":{{visit.Hour}},"network":{{Text(visit.Network)}},"device":{{Text(visit.User.Device)}},"recent":{{Text(names[visit.RecentCategory])}}}""";
        return
        [
            ("eventId", Text(impression)),
            ("requestId", Text(request)),
            ("userId", Text(visit.User.Id)),
            ("appId", Text(app.Id)),
            ("position", position.ToString(CultureInfo.InvariantCulture)),
            ("categories", categories),
            ("price", Text(app.Price)),
            ("context", context),
            ("eventTime", Time(time)),
        ];
    }

    private string Id(string prefix) => prefix + _traffic.NextBits().ToString("x16", CultureInfo.InvariantCulture);

    private static string Text(string plain) => '"' + plain + '"';

    private static string Time(DateTime time) => Text(time.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
}
