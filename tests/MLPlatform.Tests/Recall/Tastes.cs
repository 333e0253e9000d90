using System.Globalization;
using System.Text;
using System.Text.Json;
using MLPlatform.Activities.Training;
using MLPlatform.Core.Artifacts;
using MLPlatform.Tests.Tables;
using MLPlatform.Tests.Training;
using MLPlatform.Vlps.Features;

namespace MLPlatform.Tests.Recall;

/// <summary>
/// Made-up visits whose truth is known: users have one of six tastes, which no column tells, and nine visits in ten are to one of the
/// ten items of that taste, half of all to the first three of them.
/// </summary>
internal static class Tastes
{
    public const int Users = 120, Items = 60, Kinds = 6;

    public const string Declaration = """
        { "model": "two-tower", "fields": { "dim": 8, "rate": 0.2 }, "denseRate": 0.05,
          "parts": [{ "part": "perceptron", "name": "left", "fields": ["user"], "layers": [16] },
                    { "part": "perceptron", "name": "right", "fields": ["item", "shop"], "layers": [16] }] }
        """;

    /// <summary>Visits, all with the label 1.</summary>
    public static Task<ArtifactRef> VisitsAsync(TestActivityContext context, int rows, int seed) => Chain.CollectAsync(context, "visits.csv", Visits(rows, seed));

    public static string Visits(int rows, int seed)
    {
        var random = new Random(seed);
        var csv = new StringBuilder("user,item,shop,visited\n");
        for (int i = 0; i < rows; i++)
        {
            int user = random.Next(Users), place = random.Next(random.Next(2) == 0 ? 10 : 3);
            int item = random.Next(10) == 0 ? random.Next(Items) : (place * Kinds) + (user % Kinds);
            csv.Append(CultureInfo.InvariantCulture, $"u{user},{item},{Shop(item)},1\n");
        }
        return csv.ToString();
    }

    public static Task<ArtifactRef> UsersAsync(TestActivityContext context) =>
        Chain.CollectAsync(context, "users.csv", "user\n" + string.Concat(Enumerable.Range(0, Users).Select(u => $"u{u}\n")));

    public static Task<ArtifactRef> ItemsAsync(TestActivityContext context) =>
        Chain.CollectAsync(context, "items.csv", "item,shop\n" + string.Concat(Enumerable.Range(0, Items).Select(i => $"{i},{Shop(i)}\n")));

    public static async Task<TrainVlps.Inputs> InputsAsync(TestActivityContext context, string declaration = Declaration)
    {
        ArtifactRef visits = await VisitsAsync(context, 4000, 1);
        return new TrainVlps.Inputs
        {
            Samples = visits,
            Features = await Chain.FitAsync(context, visits, new FeatureDeclaration { Hash = ["user", "item", "shop"] }),
            Label = "visited",
            Declaration = JsonSerializer.Deserialize<JsonElement>(declaration),
            Epochs = 6,
            Batch = 256,
        };
    }

    // Says nothing of the taste.
    private static string Shop(int item) => "abcde"[item * 7 % 5].ToString();
}
