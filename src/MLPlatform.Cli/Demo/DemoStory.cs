using System.Globalization;
using System.Text.Json;
using MLPlatform.Cli.Connection;
using MLPlatform.Core.Runs;
using MLPlatform.Server.Registry;
using MLPlatform.Server.Runs;

namespace MLPlatform.Cli.Demo;

/// <summary>Tells the loop as it goes, and what came of it.</summary>
internal static class DemoStory
{
    public static async Task TellAsync(PlatformConnection platform, RunDetail trained, int days, string home, bool json, CancellationToken cancel)
    {
        DemoLoop loop = new(platform.Client, trained, await VersionAsync(platform.Client, trained, cancel));
        if (!json)
            Console.WriteLine($"\nNow {days} days with people who react to what it recommends. On the third, fashion begins to turn.\n");
        IReadOnlyList<DemoDay> lived = await loop.RunAsync(days, day =>
        {
            if (!json)
                Console.WriteLine($"  day {day.Number,-3} click-through {Figure(day.Frozen, "clickThrough")} stayed, {Figure(day.Looped, "clickThrough")} looped{(day.Note() is { } note ? $"   {note}" : "")}");
        }, cancel);
        JsonElement story = await loop.CompareAsync(lived, cancel);
        string page = $"api/v1/artifacts/{story.GetProperty("report").GetProperty("$artifact").GetString()}/files/index.html";
        if (json)
        {
            Print.Json(new { training = trained, days = lived.Select(d => new { d.Number, d.Looped, d.Frozen, note = d.Note(), retrained = d.Retrained?.Id }), story });
            return;
        }
        Console.WriteLine();
        Print.Table(["DAY", "CLICK-THROUGH STAYED", "LOOPED", "BEST", "AUC STAYED", "LOOPED", "VERSION"],
        [
            .. lived.Select(d => new[]
            {
                $"{d.Number}", Figure(d.Frozen, "clickThrough"), Figure(d.Looped, "clickThrough"), Figure(d.Frozen, "bestClickThrough"),
                Figure(d.Frozen, "auc"), Figure(d.Looped, "auc"), string.Join(", ", d.Looped.GetProperty("versions").EnumerateArray()),
            }),
        ]);
        Console.WriteLine();
        Console.WriteLine($"Over all days {Figure(story, "frozenClickThrough")} stayed, {Figure(story, "loopedClickThrough")} looped: {story.GetProperty("extraClicks").GetInt64():+#,0;-#,0;0} clicks.");
        Console.WriteLine($"Plot: {(platform.IsEmbedded ? await DemoResult.SaveAsync(platform.Client, page, home, "loop.html", cancel) : $"{platform.Client.Address.TrimEnd('/')}/{page}")}");
    }

    // What the run registered, else the champion that its gate preferred.
    private static async Task<int> VersionAsync(PlatformClient client, RunDetail trained, CancellationToken cancel)
    {
        JsonElement? registered = trained.Activities.FirstOrDefault(a => a.Name == "register" && a.State.HasOutputs())?.Outputs;
        return registered?.GetProperty("version").GetInt32()
            ?? (await client.GetAsync<List<ModelVersionView>>($"api/v1/models/{trained.Pipeline}", cancel)).First(v => v.Aliases.Contains("champion")).Version;
    }

    private static string Figure(JsonElement of, string name) => of.GetProperty(name).GetDouble().ToString("F4", CultureInfo.InvariantCulture);
}
