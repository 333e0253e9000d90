using System.CommandLine;
using System.Globalization;
using MLPlatform.Cli.Connection;
using MLPlatform.Cli.Pipelines;
using MLPlatform.Core.Features;
using MLPlatform.Core.Pipelines;
using MLPlatform.Server.Features;

namespace MLPlatform.Cli.Features;

/// <summary><c>mlp features validate|apply|list|show|stats|online|verify</c></summary>
internal static class FeaturesCommand
{
    private static readonly Argument<string[]> Paths = new("PATH") { Description = "Files of feature groups, or folders of them.", Arity = ArgumentArity.OneOrMore };
    private static readonly Argument<string> Group = new("GROUP") { Description = "A feature group." };
    private static readonly Option<int?> Version = new("--version") { Description = "A version of the group. Default: the newest." };
    private static readonly Option<bool> Json = GlobalOptions.Json();

    public static Command Create() => new("features", "Feature groups, the statistics of their values, and what serving reads.")
    {
        Validate(), Apply(), List(), Show(), Stats(), OnlineFeaturesCommand.Create(), OnlineFeaturesCommand.Verify(),
    };

    private static Command Validate()
    {
        Command command = new("validate", "Check files of feature groups and show every error with its place.") { Paths, Json };
        command.SetAction(parsed =>
        {
            List<(string File, FeatureGroupResult Result)> all = [.. PipelineFiles.Find(parsed.GetValue(Paths)!).Select(f => (f, FeatureGroupCompiler.Compile(PipelineFiles.Read(f), f)))];
            if (parsed.GetValue(Json))
                Print.Json(all.Select(a => new FeatureGroupValidation(a.Result.Group is not null, a.Result.Group?.Id, a.Result.Group?.Version, a.Result.Diagnostics)));
            foreach ((string file, FeatureGroupResult result) in parsed.GetValue(Json) ? [] : all)
            {
                foreach (Diagnostic diagnostic in result.Diagnostics)
                    Console.Error.WriteLine(diagnostic);
                if (result.Group is { } group)
                    Console.WriteLine($"{file}: valid, group {group.Id} version {group.Version}, {group.Features.Count} features");
            }
            return all.All(a => a.Result.Group is not null) ? ExitCode.Done : ExitCode.Usage;
        });
        return command;
    }

    private static Command Apply() => Do(new Command("apply", "Register feature groups.") { Paths, Json }, async (parsed, client, cancel) =>
    {
        List<FeatureGroupView> applied = [];
        foreach (string file in PipelineFiles.Find(parsed.GetValue(Paths)!))
        {
            applied.Add(await client.PostAsync<FeatureGroupView>("api/v1/features/groups",
                new FeatureGroupSource(System.Text.Json.JsonSerializer.SerializeToElement(System.Text.Encoding.UTF8.GetString(PipelineFiles.Read(file))), file), cancel));
        }
        if (parsed.GetValue(Json))
            Print.Json(applied);
        else
            applied.ForEach(g => Console.WriteLine($"{g.Group}: version {g.Version}"));
    });

    private static Command List() => Do(new Command("list", "Show all registered groups.") { Json }, async (parsed, client, cancel) =>
    {
        List<FeatureGroupView> all = await client.GetAsync<List<FeatureGroupView>>("api/v1/features/groups", cancel);
        if (parsed.GetValue(Json))
            Print.Json(all);
        else
            Print.Table(["GROUP", "VERSION", "OWNER", "FEATURES", "APPLIED", "BY"], all.Select(g => new[]
            {
                g.Group, $"{g.Version}", $"{g.File.GetProperty("owner")}", $"{g.File.GetProperty("features").GetArrayLength()}", Print.Time(g.AppliedAt), g.AppliedBy,
            }));
    });

    private static Command Show() => Do(new Command("show", "Show a group's features.") { Group, Version, Json }, async (parsed, client, cancel) =>
    {
        List<FeatureGroupView> all = await client.GetAsync<List<FeatureGroupView>>(Path(parsed), cancel);
        FeatureGroupView group = parsed.GetValue(Version) is { } version ? all.FirstOrDefault(g => g.Version == version)
            ?? throw CliException.Usage("FEAT-044", $"The group has no version {version}.", $"It has {string.Join(", ", all.Select(g => g.Version))}.") : all[0];
        if (parsed.GetValue(Json))
        {
            Print.Json(group);
            return;
        }
        Console.WriteLine($"{Print.Harmless(group.Group)} version {group.Version}, registered {Print.Time(group.AppliedAt)} by {Print.Harmless(group.AppliedBy)}");
        Print.Table(["FEATURE", "MADE FROM", "DESCRIPTION"], group.File.GetProperty("features").EnumerateArray().Select(f => new[]
        {
            f.GetProperty("name").GetString()!,
            f.TryGetProperty("aggregate", out var made) && made.ValueKind == System.Text.Json.JsonValueKind.Object
                ? $"{made.GetProperty("op")} {Text(made, "column")} over {made.GetProperty("window")} {Text(made, "where")}" : $"{(Text(f, "column") is { Length: > 0 } c ? c : Text(f, "name"))}",
            Text(f, "description"),
        }));
    });

    private static Command Stats() => Do(new Command("stats", "Show what a group's values look like, and how far they moved.") { Group, Version, Json }, async (parsed, client, cancel) =>
    {
        List<FeatureTableView> tables = await client.GetAsync<List<FeatureTableView>>(
            Path(parsed, "/tables") + (parsed.GetValue(Version) is { } version ? $"?version={version}" : ""), cancel);
        if (parsed.GetValue(Json))
        {
            Print.Json(tables);
            return;
        }
        foreach (FeatureTableView table in tables)
        {
            Console.WriteLine($"table {table.Number}, through {Print.Time(table.Through)}, {table.Table}");
            Print.Table(["FEATURE", "ROWS", "MISSING", "MEAN", "LEAST", "MEDIAN", "MOST", "DRIFT", "KS"], table.Features.Select(f => new[]
            {
                f.Profile.Feature, $"{f.Profile.Rows}", f.MissingRate.ToString("P1", CultureInfo.InvariantCulture), Number(f.Profile.Mean), Number(f.Profile.Min),
                f.Profile.Percentiles.Count > 0 ? Number(f.Profile.Percentiles[50]) : f.Profile.Frequent.Count > 0 ? f.Profile.Frequent[0].Value : "", Number(f.Profile.Max), Number(f.Drift), Number(f.Ks),
            }));
        }
    });

    private static string Number(double? value) => value?.ToString("0.####", CultureInfo.InvariantCulture) ?? "";

    private static string Text(System.Text.Json.JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == System.Text.Json.JsonValueKind.String ? value.GetString()! : "";

    private static string Path(ParseResult parsed, string more = "") => $"api/v1/features/groups/{Uri.EscapeDataString(parsed.GetValue(Group)!)}{more}";

    internal static Command Do(Command command, Func<ParseResult, PlatformClient, CancellationToken, Task> work)
    {
        command.SetAction(async (parsed, cancel) =>
        {
            await using PlatformConnection platform = await PlatformConnection.OpenAsync(parsed, Purpose.Read, cancel);
            await work(parsed, platform.Client, cancel);
            return ExitCode.Done;
        });
        return command;
    }
}
