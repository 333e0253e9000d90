using System.Security.Cryptography;
using System.Text.Json;
using MLPlatform.Activities.Samples.AppStore;
using Xunit;

namespace MLPlatform.Tests.Samples;

public sealed class AppStoreSimulatorTests : IDisposable
{
    private static readonly AppStoreSettings Small = new() { Days = 3, Users = 100, Apps = 30, ImpressionsPerDay = 3000 };

    private readonly string _folder = Directory.CreateTempSubdirectory("mlp-appstore-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task The_same_settings_give_the_same_bytes_on_every_machine()
    {
        await SimulateAsync("a", Small with { Days = 1, ImpressionsPerDay = 500 });
        Assert.Equal("43F22E75", HashOf("a"));
    }

    [Fact]
    public async Task Another_seed_gives_another_store()
    {
        await SimulateAsync("a", Small);
        await SimulateAsync("b", Small with { Seed = 2 });
        Assert.NotEqual(HashOf("a"), HashOf("b"));
    }

    [Fact]
    public async Task Another_rate_of_faults_leaves_the_people_and_their_clicks_alone()
    {
        AppStoreSettings faultless = Small with { BrokenRate = 0, WrongTypeRate = 0, MissingFieldRate = 0, DuplicateRate = 0 };
        AppStoreTruth clean = await SimulateAsync("clean", faultless);
        AppStoreTruth dirty = await SimulateAsync("dirty", Small);
        HashSet<string> known = [.. Events("clean/impressions").Select(IdOf)];
        Assert.Equal(clean.Impressions.Sound, dirty.Impressions.Sound + dirty.Impressions.Broken + dirty.Impressions.WrongType + dirty.Impressions.MissingField);
        Assert.Superset(Events("dirty/impressions").Select(IdOf).ToHashSet(), known);
    }

    [Fact]
    public async Task What_it_says_of_its_faults_is_what_a_reader_finds()
    {
        AppStoreTruth truth = await SimulateAsync("a", Small);
        List<string> lines = Lines("a/impressions");
        List<JsonElement> events = Events("a/impressions");
        List<JsonElement> typed = [.. events.Where(e => e.GetProperty("position").ValueKind == JsonValueKind.Number)];
        List<JsonElement> whole = [.. typed.Where(e => e.TryGetProperty("userId", out _) && e.TryGetProperty("appId", out _))];
        Assert.Equal(truth.Impressions.Lines, lines.Count);
        Assert.Equal(truth.Impressions.Broken, lines.Count - events.Count);
        Assert.Equal(truth.Impressions.WrongType, events.Count - typed.Count);
        Assert.Equal(truth.Impressions.MissingField, typed.Count - whole.Count);
        Assert.Equal(truth.Impressions.Sound, whole.Select(IdOf).Distinct().Count());
        Assert.Equal(truth.Impressions.Duplicates, whole.Count - truth.Impressions.Sound);
        Assert.True(truth.Impressions is { Broken: > 0, WrongType: > 0, MissingField: > 0, Duplicates: > 0, Late: > 0 });
        Assert.Equal(Small.Days * Small.ImpressionsPerDay, lines.Count - truth.Impressions.Duplicates);
    }

    [Fact]
    public async Task The_clicked_impressions_are_those_that_a_join_within_the_window_finds()
    {
        AppStoreTruth truth = await SimulateAsync("a", Small);
        Dictionary<string, JsonElement> impressions = Events("a/impressions").Where(IsSoundImpression).DistinctBy(IdOf).ToDictionary(IdOf);
        var attributed = Events("a/feedback")
            .Where(e => e.TryGetProperty("impressionId", out _) && e.GetProperty("eventTime").TryGetDateTime(out _))
            .Select(e => (Type: e.GetProperty("type").GetString(), Impression: e.GetProperty("impressionId").GetString()!, Time: e.GetProperty("eventTime").GetDateTime()))
            .Where(f => impressions.TryGetValue(f.Impression, out JsonElement shown)
                && f.Time - shown.GetProperty("eventTime").GetDateTime() is var delay && delay >= TimeSpan.Zero && delay <= Small.AttributionWindow)
            .ToList();
        Assert.Equal(truth.Clicked, attributed.Where(f => f.Type == "click").DistinctBy(f => f.Impression).Count());
        Assert.Equal(truth.Downloaded, attributed.Where(f => f.Type == "download").DistinctBy(f => f.Impression).Count());
        Assert.True(truth is { AfterWindow: > 0, Orphans: > 0 });
    }

    [Fact]
    public async Task Late_events_lie_in_a_later_file_than_their_day()
    {
        AppStoreTruth truth = await SimulateAsync("a", Small);
        int late = Directory.GetFiles(Path.Combine(_folder, "a/impressions")).Sum(file => Parse(File.ReadLines(file))
            .Where(IsSoundImpression)
            .Count(e => string.CompareOrdinal(Path.GetFileNameWithoutExtension(file), e.GetProperty("eventTime").GetString()![..10]) > 0));
        Assert.InRange(late, truth.Impressions.Late * 0.9, truth.Impressions.Late + truth.Impressions.Duplicates * 0.2);
    }

    [Fact]
    public async Task The_hidden_tastes_are_worth_learning()
    {
        AppStoreTruth truth = await SimulateAsync("a", Small);
        Assert.InRange(truth.BayesAuc, 0.75, 0.82);
        Assert.InRange((double)truth.Clicked / truth.Impressions.Sound, 0.1, 0.25);
    }

    private Task<AppStoreTruth> SimulateAsync(string name, AppStoreSettings settings) => AppStoreSimulator.WriteAsync(
        Path.Combine(_folder, name, "impressions"), Path.Combine(_folder, name, "feedback"), settings, null, TestContext.Current.CancellationToken);

    private List<string> Lines(string log) =>
        [.. Directory.GetFiles(Path.Combine(_folder, log)).Order(StringComparer.Ordinal).SelectMany(File.ReadLines)];

    private List<JsonElement> Events(string log) => [.. Parse(Lines(log))];

    private static IEnumerable<JsonElement> Parse(IEnumerable<string> lines)
    {
        foreach (string line in lines)
        {
            if (TryParse(line) is { } parsed)
                yield return parsed;
        }
    }

    private static JsonElement? TryParse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize<JsonElement>(line);
        }
        catch (JsonException)
        {
            return null; // a broken line: the caller counts them
        }
    }

    private static bool IsSoundImpression(JsonElement e) =>
        e.GetProperty("position").ValueKind == JsonValueKind.Number && e.TryGetProperty("userId", out _) && e.TryGetProperty("appId", out _);

    private static string IdOf(JsonElement e) => e.GetProperty("eventId").GetString()!;

    private string HashOf(string name)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string file in Directory.GetFiles(Path.Combine(_folder, name), "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
            hash.AppendData(File.ReadAllBytes(file));
        return Convert.ToHexString(hash.GetHashAndReset())[..8];
    }
}
