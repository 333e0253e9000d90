using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using MLPlatform.Cli.Connection;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Deployments;
using MLPlatform.Server.Deployments;
using MLPlatform.Server.Problems;

namespace MLPlatform.Cli.Deployments;

/// <summary><c>mlp deployments metrics|policy</c></summary>
internal static class DeploymentMetricsCommands
{
    private static readonly string[] Common = ["VERSION", "ROLE", "REQUESTS", "ERRORS", "P50 MS", "P99 MS", "IMPRESSIONS", "POSITIVE", "RATE"];
    private static readonly string[] OfScores = ["AUC", "LOG LOSS", "CALIBRATION"], OfLists = ["LISTS", "HIT RATE", "RECALL", "RECALL@10"];

    private static readonly Option<string?> Window = new("--window") { Description = "The stretch of time, such as PT1H. Default: all that is kept, a day.", HelpName = "DURATION" };
    private static readonly Option<FileInfo?> PolicyFile = new("--file") { Description = "The policy as JSON. Default: show it.", HelpName = "FILE" };
    private static readonly Option<bool> None = new("--none") { Description = "Promote and give up by people alone." };
    private static readonly Option<string?> Reason = new("--reason") { Description = "Why, for the history." };
    private static readonly Option<bool> Json = GlobalOptions.Json();

    public static Command Metrics(Argument<string> name) => DeploymentsCommand.Do(new Command("metrics", "Show each version's figures on impressions joined with feedback.") { name, Window, Json }, async (parsed, client, cancel) =>
    {
        string window = parsed.GetValue(Window) is { } span ? $"?window={Uri.EscapeDataString(span)}" : "";
        DeploymentMetrics metrics = await client.GetAsync<DeploymentMetrics>($"{DeploymentsCommand.Path(parsed)}/metrics{window}", cancel);
        if (parsed.GetValue(Json))
        {
            Print.Json(metrics);
            return;
        }
        bool found = metrics.Versions.Any(v => v.Figures.Found is not null);
        Print.Table([.. Common, .. found ? OfLists : OfScores], metrics.Versions.Select(v => new[]
        {
            $"{v.Figures.Version}", v.Role?.ToString().ToLowerInvariant() ?? "", $"{v.Figures.Requests}", $"{v.Figures.Errors}", Number(v.Figures.LatencyP50), Number(v.Figures.LatencyP99),
            $"{v.Figures.Impressions}", $"{v.Figures.Positives}", Number(v.Figures.ClickThrough),
        }.Concat(found
            ? [$"{v.Figures.Found?.Lists}", Number(v.Figures.Found?.HitRate), Number(v.Figures.Found?.Recall), Number(v.Figures.Found?.Recall10)]
            : [Number(v.Figures.Auc), Number(v.Figures.LogLoss), Number(v.Figures.Calibration)]).ToArray()));
        Console.WriteLine($"Since {Print.Time(metrics.Since)}. {metrics.Waiting} impressions can still get feedback; {metrics.Unmatched} events have found none; {metrics.Lost} impressions were lost.");
    });

    public static Command Policy(Argument<string> name) => DeploymentsCommand.Do(new Command("policy", "Show or set when canaries are promoted and given up.") { name, PolicyFile, None, Reason, Json }, async (parsed, client, cancel) =>
    {
        DeploymentView now;
        if (parsed.GetValue(None))
            now = await PutAsync(parsed, client, null, cancel);
        else if (parsed.GetValue(PolicyFile) is { } file)
            now = await PutAsync(parsed, client, Read(file), cancel);
        else
            now = await client.GetAsync<DeploymentView>(DeploymentsCommand.Path(parsed), cancel);
        if (parsed.GetValue(Json))
            Print.Json(now.Policy);
        else
        {
            Console.WriteLine(now.Policy is null ? $"{now.Name} has no policy: people promote and roll back." : JsonSerializer.Serialize(now.Policy, ActivityJson.Options));
            if (now.PolicyWaits is { } why)
                Console.WriteLine($"It waits: {Print.Harmless(why)}.");
        }
    });

    private static Task<DeploymentView> PutAsync(ParseResult parsed, PlatformClient client, PromotionPolicy? policy, CancellationToken cancel) =>
        client.PutAsync<DeploymentView>($"{DeploymentsCommand.Path(parsed)}/policy", new PolicyRequest(policy, parsed.GetValue(Reason)), cancel);

    private static PromotionPolicy Read(FileInfo file)
    {
        try
        {
            return JsonSerializer.Deserialize<PromotionPolicy>(File.ReadAllText(file.FullName), ActivityJson.Options) ?? throw new JsonException("it is null");
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw CliException.Usage("SERVE-011", $"'{Print.Path(file.FullName)}' is no policy: {(e is JsonException json ? JsonTrouble.Words(json) : e.Message)}", "docs/serving.md shows one.");
        }
    }

    private static string Number(double? value) => value?.ToString("0.####", CultureInfo.InvariantCulture) ?? "";
}
