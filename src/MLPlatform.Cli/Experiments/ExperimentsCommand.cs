using System.CommandLine;
using MLPlatform.Cli.Connection;
using MLPlatform.Server.Describe;
using MLPlatform.Server.Experiments;

namespace MLPlatform.Cli.Experiments;

/// <summary><c>mlp experiments list|show|compare</c></summary>
internal static class ExperimentsCommand
{
    private static readonly Argument<string> Name = new("EXPERIMENT") { Description = "Its name or id; a pipeline's experiment has the pipeline's name." };
    private static readonly Option<string?> Filter = new("--filter") { Description = "Only runs such as: metrics.auc > 0.7 AND params.model = 'fm'.", HelpName = "FILTER" };
    private static readonly Option<string?> OrderBy = new("--order-by") { Description = "As metrics.auc DESC. Default: the youngest first.", HelpName = "FIELD" };
    private static readonly Option<int> Limit = new("--limit") { Description = "The most runs. Default: 20.", DefaultValueFactory = _ => 20 };
    private static readonly Option<bool> Json = GlobalOptions.Json();

    public static Command Create() => new("experiments", "Tracked runs: what training programs logged, side by side.") { List(), Show(), CompareCommand.Create() };

    private static Command List() => Do(new Command("list", "Show all experiments.") { Json }, async (parsed, client, cancel) =>
    {
        List<ExperimentView> all = await client.GetAsync<List<ExperimentView>>("api/v1/experiments", cancel);
        if (parsed.GetValue(Json))
            Print.Json(all);
        else
            Print.Table(["ID", "EXPERIMENT", "UPDATED", "TAGS"], all.Select(e => new[]
            {
                $"{e.Id}", e.Name, Print.Time(e.UpdatedAt), string.Join("  ", e.Tags.Select(t => $"{t.Key}={t.Value}")),
            }));
    });

    private static Command Show() => Do(new Command("show", "Show an experiment's runs.") { Name, Filter, OrderBy, Limit, Json }, async (parsed, client, cancel) =>
    {
        string query = $"?limit={parsed.GetValue(Limit)}" + Field("filter", parsed.GetValue(Filter)) + Field("orderBy", parsed.GetValue(OrderBy));
        PageView<TrackedRunView> page = await client.GetAsync<PageView<TrackedRunView>>($"api/v1/experiments/{Uri.EscapeDataString(parsed.GetValue(Name)!)}/runs{query}", cancel);
        if (parsed.GetValue(Json))
        {
            Print.Json(page);
            return;
        }
        Print.Table(["RUN", "NAME", "STATUS", "STARTED", "SECONDS", "METRICS", "PARAMETERS"], page.Items.Select(r => new[]
        {
            r.Id, r.Name, RunTable.Word(r.Status), Print.Time(r.StartedAt), Print.Seconds((r.EndedAt - r.StartedAt)?.TotalSeconds),
            RunTable.Short(r.Metrics.Select(m => $"{m.Key} {RunTable.Number(m.Value)}")), RunTable.Short(r.Parameters.Select(p => $"{p.Key}={p.Value}")),
        }));
        if (page.Next is not null)
            Console.WriteLine("… and more: --limit, or a --filter.");
    });

    private static string Field(string name, string? value) => value is null ? "" : $"&{name}={Uri.EscapeDataString(value)}";

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
