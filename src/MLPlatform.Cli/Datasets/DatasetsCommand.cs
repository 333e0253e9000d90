using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using MLPlatform.Cli.Connection;
using MLPlatform.Cli.Lineage;
using MLPlatform.Core.Datasets;
using MLPlatform.Server.Datasets;
using MLPlatform.Server.Retention;

namespace MLPlatform.Cli.Datasets;

/// <summary><c>mlp datasets list|show|preview|diff|set|gc|lineage</c></summary>
internal static class DatasetsCommand
{
    private static readonly Argument<string> Name = new("DATASET") { Description = "A dataset's name." };
    private static readonly Option<string> Version = new("--version") { Description = "A version. Default: latest.", DefaultValueFactory = _ => "latest" };
    private static readonly Option<int> Rows = new("--rows") { Description = "How many rows, up to 1000. Default: 20.", DefaultValueFactory = _ => 20 };
    private static readonly Option<int?> Sample = new("--sample") { Description = "Draw the rows at random with this seed. Default: the first rows." };
    private static readonly Argument<string> From = new("FROM") { Description = "The older version." };
    private static readonly Argument<string> To = new("TO") { Description = "The newer version." };
    private static readonly Option<string?> Keys = new("--keys") { Description = "Columns, with commas, that together name a row. Default: those declared." };
    private static readonly Option<int?> KeepVersions = new("--keep-versions") { Description = "The newest versions to keep." };
    private static readonly Option<int?> KeepDays = new("--keep-days") { Description = "Days that a version is kept at least." };
    private static readonly Option<Compatibility?> Rule = new("--compatibility") { Description = "What a version may change: additive, exact or any.", HelpName = "additive|exact|any" };
    private static readonly Option<bool> DryRun = new("--dry-run") { Description = "Only say what would go." };
    private static readonly Option<bool> Json = GlobalOptions.Json();

    public static Command Create() => new("datasets", "Named datasets and their versions.") { List(), Show(), Preview(), Diff(), Set(), Collect(), LineageCommand.Of("datasets", Name) };

    private static Command List() => Do(new Command("list", "Show all datasets.") { Json }, async (parsed, client, cancel) =>
    {
        List<DatasetView> all = await client.GetAsync<List<DatasetView>>("api/v1/datasets", cancel);
        if (parsed.GetValue(Json))
            Print.Json(all);
        else
            Print.Table(["DATASET", "LATEST", "ROWS", "UPDATED", "ABOUT"], all.Select(d => new[]
            {
                d.Name, $"{d.LatestVersion}", Number(d.Rows), Print.Time(d.UpdatedAt), d.Settings.Description ?? "",
            }));
    });

    private static Command Show() => Do(new Command("show", "Show a dataset's versions and columns.") { Name, Json }, async (parsed, client, cancel) =>
    {
        DatasetDetail detail = await client.GetAsync<DatasetDetail>(Path(parsed), cancel);
        if (parsed.GetValue(Json))
        {
            Print.Json(detail);
            return;
        }
        Print.Table(["VERSION", "ROWS", "DAYS", "BYTES", "PUBLISHED", "RUN", "NOTE"], detail.Versions.Select(v => new[]
        {
            $"{v.Version}", Number(v.Rows), v.Days.Count == 0 ? "" : $"{v.Days.Count}: {v.Days[0]} to {v.Days[^1]}", Number(v.Artifact.Bytes),
            Print.Time(v.CreatedAt), v.Run.ToString(), v.RemovedAt is { } at ? $"removed {Print.Time(at)}" : v.BaseVersion is { } before ? $"added to {before}" : "",
        }));
        if (detail.Versions is [DatasetVersionView latest, ..])
        {
            Console.WriteLine();
            Print.Table(["COLUMN", "TYPE", "DECLARED"], latest.Columns.Select(c => new[]
            {
                c.Name, c.Type, detail.Dataset.Settings.Columns?.FirstOrDefault(d => d.Name == c.Name) is { } declared ? declared.Required ? "required" : "yes" : "",
            }));
        }
    });

    private static Command Preview() => Do(new Command("preview", "Show some rows of a version.") { Name, Version, Rows, Sample, Json }, async (parsed, client, cancel) =>
    {
        string sample = parsed.GetValue(Sample) is { } seed ? $"&sampleSeed={seed}" : "";
        TablePreview preview = await client.GetAsync<TablePreview>(
            $"{Path(parsed)}/versions/{Uri.EscapeDataString(parsed.GetValue(Version)!)}/preview?rows={parsed.GetValue(Rows)}{sample}", cancel);
        if (parsed.GetValue(Json))
            Print.Json(preview);
        else
            Print.Table(preview.Columns, preview.Rows.Select(r => (IReadOnlyList<string>)[.. r.Select(Cell)]));
    });

    private static Command Diff() => Do(new Command("diff", "Show how two versions differ.") { Name, From, To, Keys, Json }, async (parsed, client, cancel) =>
    {
        string keys = parsed.GetValue(Keys) is { } by ? $"&keys={Uri.EscapeDataString(by)}" : "";
        DatasetDiffView diff = await client.GetAsync<DatasetDiffView>(
            $"{Path(parsed)}/diff?from={Uri.EscapeDataString(parsed.GetValue(From)!)}&to={Uri.EscapeDataString(parsed.GetValue(To)!)}{keys}", cancel);
        if (parsed.GetValue(Json))
            Print.Json(diff);
        else
            DiffText.Write(diff);
    });

    private static Command Set() => Do(new Command("set", "Change what is declared about a dataset.") { Name, Rule, KeepVersions, KeepDays, Json }, async (parsed, client, cancel) =>
    {
        DatasetView now = await client.PutAsync<DatasetView>($"{Path(parsed)}/settings",
            new DatasetSettings(parsed.GetValue(Rule), null, null, parsed.GetValue(KeepVersions), parsed.GetValue(KeepDays)), cancel);
        if (parsed.GetValue(Json))
            Print.Json(now);
        else
            Console.WriteLine($"{now.Name}: {now.Settings.Compatibility ?? Compatibility.Additive}, keeps {Kept(now.Settings)}");
    });

    private static Command Collect() => Do(new Command("gc", "Remove artifacts, checkpoints and fetched repositories that nobody needs any more.") { DryRun, Json }, async (parsed, client, cancel) =>
    {
        bool dry = parsed.GetValue(DryRun);
        GcReport report = await client.PostAsync<GcReport>($"api/v1/artifacts/gc{(dry ? "?dryRun=true" : "")}", null, cancel);
        if (parsed.GetValue(Json))
        {
            Print.Json(report);
            return;
        }
        string would = dry ? "would be " : "";
        Console.WriteLine($"{report.VersionsGivenUp.Count} versions of datasets {would}given up{(report.VersionsGivenUp.Count > 0 ? ": " + Print.Harmless(string.Join(", ", report.VersionsGivenUp)) : "")}.");
        Console.WriteLine($"{Number(report.Removed)} of {Number(report.Unneeded)} unneeded artifacts {would}removed: {Number(report.Files)} files, {Number(report.Bytes)} bytes.");
        if (report.Checkpoints + report.Repositories > 0)
            Console.WriteLine($"Checkpoints of {Number(report.Checkpoints)} runs and {Number(report.Repositories)} fetched repositories {would}removed: {Number(report.FolderBytes)} bytes.");
        if (report.Removed < report.Unneeded)
            Console.WriteLine("The others go when they are still unneeded a while later (Retention:Settle).");
    });

    private static string Kept(DatasetSettings settings) => (settings.KeepVersions, settings.KeepDays) switch
    {
        (null, null) => "all versions",
        ({ } versions, null) => $"{versions} versions",
        (null, { } days) => $"versions of {days} days",
        ({ } versions, { } days) => $"{versions} versions and those of {days} days",
    };

    internal static string Number(long? value) => value?.ToString("N0", CultureInfo.InvariantCulture) ?? "";

    private static string Cell(JsonNode? value) => value is null ? "" : value.ToString() is { Length: > 60 } text ? text[..60] + "…" : value.ToString();

    private static string Path(ParseResult parsed) => $"api/v1/datasets/{Uri.EscapeDataString(parsed.GetValue(Name)!)}";

    private static Command Do(Command command, Func<ParseResult, PlatformClient, CancellationToken, Task> work)
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
