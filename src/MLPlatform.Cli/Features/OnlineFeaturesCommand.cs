using System.CommandLine;
using MLPlatform.Cli.Connection;
using MLPlatform.Core.Features;
using MLPlatform.Server.Features;

namespace MLPlatform.Cli.Features;

/// <summary><c>mlp features online|verify</c></summary>
internal static class OnlineFeaturesCommand
{
    private static readonly Argument<string?> Group = new("GROUP") { Description = "A published group. Default: show those there are.", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Argument<string> Published = new("GROUP") { Description = "A published group." };
    private static readonly Argument<string[]> Keys = new("KEY=VALUE") { Description = "The keys of one entity.", Arity = ArgumentArity.ZeroOrMore };
    private static readonly Option<int?> Version = new("--version") { Description = "A version of the group. Default: the newest that is published." };
    private static readonly Option<bool> Json = GlobalOptions.Json();

    public static Command Create() => FeaturesCommand.Do(new Command("online", "Show what is published, or the values of one entity as serving reads them.") { Group, Keys, Version, Json }, async (parsed, client, cancel) =>
    {
        if (parsed.GetValue(Group) is not { } group)
        {
            List<PublicationView> all = await client.GetAsync<List<PublicationView>>("api/v1/features/online", cancel);
            if (parsed.GetValue(Json))
                Print.Json(all);
            else
                Print.Table(["GROUP", "VERSION", "AS OF", "ENTITIES", "PUBLISHED"], all.Select(p => new[] { p.Group, $"{p.Version}", Print.Time(p.AsOf), $"{p.Entities}", Print.Time(p.PublishedAt) }));
            return;
        }
        List<string> query = [.. parsed.GetValue(Keys)!.Select(Pair)];
        if (parsed.GetValue(Version) is { } version)
            query.Insert(0, $"version={version}");
        OnlineView read = await client.GetAsync<OnlineView>($"api/v1/features/online/{Uri.EscapeDataString(group)}?{string.Join('&', query)}", cancel);
        if (parsed.GetValue(Json))
        {
            Print.Json(read);
            return;
        }
        OnlineEntityView entity = read.Entities[0];
        Console.WriteLine($"{Print.Harmless(read.Group)} version {read.Version} as of {Print.Time(read.AsOf)}{(entity.Known ? $", newest event {Print.Time(entity.EventTime)}" : ": nothing is known of this entity")}");
        Print.Table(["FEATURE", "VALUE"], entity.Values.Select(v => new[] { v.Key, Print.Value(v.Value) }));
    });

    public static Command Verify() => FeaturesCommand.Do(new Command("verify", "Compare all that serving reads with the offline join, bit by bit.") { Published, Version, Json }, async (parsed, client, cancel) =>
    {
        string address = $"api/v1/features/online/{Uri.EscapeDataString(parsed.GetValue(Published)!)}/verify" + (parsed.GetValue(Version) is { } version ? $"?version={version}" : "");
        ParityReport report = await client.PostAsync<ParityReport>(address, null, cancel);
        if (parsed.GetValue(Json))
            Print.Json(report);
        else if (report.Different == 0)
            Console.WriteLine($"{report.Values} values of {report.Entities} entities are the same to the bit.");
        if (report.Different > 0)
            throw CliException.Usage("FEAT-042", $"{report.Different} of {report.Values} values differ: {Print.Harmless(string.Join("; ", report.Examples))}");
    });

    private static string Pair(string text)
    {
        int cut = text.IndexOf('=', StringComparison.Ordinal);
        return cut > 0 ? $"{Uri.EscapeDataString(text[..cut])}={Uri.EscapeDataString(text[(cut + 1)..])}"
            : throw CliException.Usage("FEAT-043", $"'{text}' is no key: write KEY=VALUE, such as userId=u1.");
    }
}
