using System.CommandLine;
using System.Globalization;
using MLPlatform.Cli.Connection;
using MLPlatform.Core.Deployments;
using MLPlatform.Server.Deployments;
using MLPlatform.Server.Describe;

namespace MLPlatform.Cli.Deployments;

/// <summary><c>mlp deployments list|show|deploy|promote|rollback|withdraw|delete|metrics|policy</c></summary>
internal static class DeploymentsCommand
{
    private static readonly Argument<string> Name = new("DEPLOYMENT") { Description = "A deployment's name." };
    private static readonly Option<int> Version = new("--version") { Description = "The version to serve.", HelpName = "N", Required = true };
    private static readonly Option<int?> Candidate = new("--version") { Description = "The candidate. Default: the canary, else the only challenger.", HelpName = "N" };
    private static readonly Option<string?> Model = new("--model") { Description = "The registered model. Default: the one that it serves, else named like the deployment." };
    private static readonly Option<ServingRole> Role = new("--role") { Description = "champion, canary, challenger or shadow. Default: champion.", HelpName = "champion|canary|challenger|shadow" };
    private static readonly Option<double?> Percent = new("--percent") { Description = "The share of a candidate. Default: 10 for a canary, 50 for a challenger, 100 for a shadow." };
    private static readonly Option<string?> Reason = new("--reason") { Description = "Why, for the history." };
    private static readonly Option<bool> Json = GlobalOptions.Json();

    public static Command Create() => new("deployments", "What is served: champions, canaries, challengers and shadows.")
    {
        List(), Show(), Deploy(), Promote(), RollBack(), Withdraw(), Delete(),
        DeploymentMetricsCommands.Metrics(Name), DeploymentMetricsCommands.Policy(Name),
    };

    private static Command List() => Do(new Command("list", "Show all deployments.") { Json }, async (parsed, client, cancel) =>
    {
        List<DeploymentView> all = await client.GetAsync<List<DeploymentView>>("api/v1/deployments", cancel);
        if (parsed.GetValue(Json))
            Print.Json(all);
        else
            Print.Table(["DEPLOYMENT", "MODEL", "CHAMPION", "CANDIDATES", "CHANGED", "PROBLEM"], all.Select(d => new[]
            {
                d.Name, d.Model, $"{d.Champion}", string.Join(", ", d.Candidates.Select(Text)), Print.Time(d.ChangedAt), d.Problem ?? "",
            }));
    });

    private static Command Show() => Do(new Command("show", "Show what a deployment serves, and its history.") { Name, Json }, async (parsed, client, cancel) =>
    {
        DeploymentView now = await client.GetAsync<DeploymentView>(Path(parsed), cancel);
        PageView<DeploymentRevisionView> history = await client.GetAsync<PageView<DeploymentRevisionView>>(Path(parsed) + "/history", cancel);
        if (parsed.GetValue(Json))
        {
            Print.Json(new { deployment = now, history = history.Items });
            return;
        }
        Write(now);
        Console.WriteLine();
        Print.Table(["REVISION", "ACTION", "CHAMPION", "CANDIDATES", "WHEN", "BY", "REASON"], history.Items.Select(r => new[]
        {
            $"{r.Revision}", r.Action, $"{r.Spec?.Champion}", string.Join(", ", (r.Spec?.Candidates ?? []).Select(Text)), Print.Time(r.At), r.By, r.Reason ?? "",
        }));
    });

    private static Command Deploy() => Do(new Command("deploy", "Serve a version; the deployment is made where there is none.") { Name, Version, Model, Role, Percent, Reason, Json },
        (parsed, client, cancel) => ChangeAsync(parsed, client, "deploy",
            new DeployRequest(parsed.GetValue(Version), parsed.GetValue(Model), parsed.GetValue(Role), PercentOf(parsed), null, parsed.GetValue(Reason)), cancel));

    // What JSON cannot say never reaches the server, which refuses the rest.
    private static double? PercentOf(ParseResult parsed) => parsed.GetValue(Percent) is { } percent && !double.IsFinite(percent)
        ? throw CliException.Usage("SERVE-006", "--percent is no number.", "Give a share above 0 and at most 100.") : parsed.GetValue(Percent);

    private static Command Promote() => Do(new Command("promote", "Make a candidate the champion.") { Name, Candidate, Reason, Json },
        (parsed, client, cancel) => ChangeAsync(parsed, client, "promote", new CandidateRequest(parsed.GetValue(Candidate), parsed.GetValue(Reason)), cancel));

    private static Command RollBack() => Do(new Command("rollback", "Give the canary up; without one, go back to the champion before this one.") { Name, Reason, Json },
        (parsed, client, cancel) => ChangeAsync(parsed, client, "rollback", new ReasonRequest(parsed.GetValue(Reason)), cancel));

    private static Command Withdraw() => Do(new Command("withdraw", "Serve a candidate no longer.") { Name, Version, Reason, Json },
        (parsed, client, cancel) => ChangeAsync(parsed, client, "withdraw", new CandidateRequest(parsed.GetValue(Version), parsed.GetValue(Reason)), cancel));

    private static Command Delete() => Do(new Command("delete", "Serve a deployment no longer; its history stays.") { Name }, async (parsed, client, cancel) =>
    {
        await client.DeleteAsync(Path(parsed), cancel);
        Console.WriteLine($"{parsed.GetValue(Name)}: deleted");
    });

    private static async Task ChangeAsync(ParseResult parsed, PlatformClient client, string verb, object request, CancellationToken cancel)
    {
        DeploymentView now = await client.PostAsync<DeploymentView>($"{Path(parsed)}/{verb}", request, cancel);
        if (parsed.GetValue(Json))
            Print.Json(now);
        else
            Write(now);
    }

    private static void Write(DeploymentView d)
    {
        Console.WriteLine($"{d.Name}: revision {d.Revision} serves {d.Model}, changed {Print.Time(d.ChangedAt)} by {Print.Harmless(d.ChangedBy)}");
        Print.Table(["VERSION", "ROLE", "PERCENT"], d.Candidates.Select(c => new[] { $"{c.Version}", Lower(c.Role), Number(c.Percent) })
            .Prepend([$"{d.Champion}", "champion", Number(100 - d.Candidates.Where(c => c.Role != ServingRole.Shadow).Sum(c => c.Percent))]));
        if (d.Previous is { } previous)
            Console.WriteLine($"A rollback goes to version {previous}.");
        if (d.PolicyWaits is { } why)
            Console.WriteLine($"The policy waits: {Print.Harmless(why)}.");
        if (d.Problem is { } problem)
            Console.WriteLine($"Not served: {Print.Harmless(problem)}");
    }

    private static string Text(Candidate c) => $"{c.Version} {Lower(c.Role)} {Number(c.Percent)} %";

    private static string Lower(ServingRole role) => role.ToString().ToLowerInvariant();

    private static string Number(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);

    internal static string Path(ParseResult parsed) => $"api/v1/deployments/{Uri.EscapeDataString(parsed.GetValue(Name)!)}";

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
