using System.CommandLine;
using System.Text;
using System.Text.Json;
using MLPlatform.Cli.Budgets;
using MLPlatform.Cli.Connection;
using MLPlatform.Cli.Pipelines;
using MLPlatform.Core.Pipelines;
using MLPlatform.Core.Scheduling.Quotas;
using MLPlatform.Server.Quotas;

namespace MLPlatform.Cli.Quotas;

/// <summary><c>mlp quota apply|show|file|expand|expansions|end|budgets</c></summary>
internal static class QuotaCommand
{
    private static readonly Argument<string> File = new("FILE") { Description = "A resources file." };
    private static readonly Option<int?> Version = new("--version") { Description = "An earlier version. Default: the one that holds.", HelpName = "N" };
    private static readonly Option<bool> Json = GlobalOptions.Json();

    public static Command Create() => new("quota", "Who may use how much: groups, their quotas, and more of it for a while.")
    {
        Apply(), Show(), ShowFile(), ExpansionCommands.Expand(), ExpansionCommands.Expansions(), ExpansionCommands.End(), BudgetCommand.Create(),
    };

    private static Command Apply() => Do(new Command("apply", "Make a resources file the one that holds.") { File, Json }, Purpose.Read, async (parsed, client, cancel) =>
    {
        string file = parsed.GetValue(File)!;
        JsonElement text = JsonSerializer.SerializeToElement(Encoding.UTF8.GetString(PipelineFiles.Read(file)));
        ResourcesView now = await client.PutAsync<ResourcesView>("api/v1/quotas/file", new ApplyResourcesRequest(text, file), cancel);
        foreach (Diagnostic warning in now.Warnings)
            Console.Error.WriteLine(warning);
        if (parsed.GetValue(Json))
            Print.Json(now);
        else
            Console.WriteLine($"version {now.Version} holds, applied {Print.Time(now.AppliedAt)} by {Print.Harmless(now.AppliedBy)}");
    });

    private static Command Show() => Do(new Command("show", "Show quotas, what is used of them and by whom.") { Json }, Purpose.Read, async (parsed, client, cancel) =>
    {
        QuotasView all = await client.GetAsync<QuotasView>("api/v1/quotas", cancel);
        if (parsed.GetValue(Json))
        {
            Print.Json(all);
            return;
        }
        if (all.Version == 0)
            Console.WriteLine("No resources file was applied, so nothing is metered: 'mlp quota apply FILE'.");
        else
            Print.Table(["GROUP", "POOL", "NOMINAL", "USED", "BORROWED", "MAY BORROW", "LENDS"], all.Quotas.Select(q => new[]
            {
                q.Group.Length > 0 ? q.Group : "(none)", q.Pool, QuotaText.Amount(q.Nominal) + QuotaText.Expanded(q.Expanded),
                QuotaText.Amount(q.Used), QuotaText.Amount(q.Borrowed), QuotaText.Limit(q.BorrowingLimit), QuotaText.Limit(q.LendingLimit),
            }));
        HolderView[] holders = [.. all.Quotas.SelectMany(q => q.Holders)];
        if (holders.Length == 0)
            return;
        Console.WriteLine();
        QuotaText.Holders(holders);
    });

    private static Command ShowFile() => Do(new Command("file", "Print the resources file that holds, or an earlier version.") { Version, Json }, Purpose.Read, async (parsed, client, cancel) =>
    {
        ResourcesView found = await client.GetAsync<ResourcesView>("api/v1/quotas/file" + (parsed.GetValue(Version) is { } version ? $"?version={version}" : ""), cancel);
        if (parsed.GetValue(Json))
            Print.Json(found);
        else
            Print.Json(found.File);
    });

    internal static Command Do(Command command, Purpose purpose, Func<ParseResult, PlatformClient, CancellationToken, Task> work)
    {
        command.SetAction(async (parsed, cancel) =>
        {
            await using PlatformConnection platform = await PlatformConnection.OpenAsync(parsed, purpose, cancel);
            await work(parsed, platform.Client, cancel);
            return ExitCode.Done;
        });
        return command;
    }
}
