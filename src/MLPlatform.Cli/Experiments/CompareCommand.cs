using System.CommandLine;
using System.Globalization;
using MLPlatform.Cli.Connection;
using MLPlatform.Core.Experiments.Comparison;
using MLPlatform.Server.Experiments;

namespace MLPlatform.Cli.Experiments;

/// <summary><c>mlp experiments compare</c></summary>
internal static class CompareCommand
{
    private const int Columns = 6, Rows = 40;

    private static readonly Argument<string[]> Runs = new("RUN") { Description = "Ids of runs to compare.", Arity = ArgumentArity.ZeroOrMore };
    private static readonly Option<string[]> Experiments = new("--experiment") { Description = "All runs of an experiment, by name or id; may be repeated.", HelpName = "NAME" };
    private static readonly Option<Guid?> Sweep = new("--sweep") { Description = "The trials of a sweep, as to its objective where no goal is given.", HelpName = "SWEEP" };
    private static readonly Option<string?> Filter = new("--filter") { Description = "Only runs such as: metrics.auc > 0.7 AND params.model = 'fm'.", HelpName = "FILTER" };
    private static readonly Option<string[]> Goals = new("--goal") { Description = "A metric and whether more is better: auc:max, loss:min; may be repeated.", HelpName = "METRIC" };
    private static readonly Option<string[]> Curves = new("--curve") { Description = "A metric whose curve the page shows. Default: the goals.", HelpName = "METRIC" };
    private static readonly Option<int?> Show = new("--show") { Description = "How many runs are shown side by side. Default: 6, on a page 100." };
    private static readonly Option<string?> Html = new("--html") { Description = "Write one page that needs no other.", HelpName = "FILE" };
    private static readonly Option<bool> Json = GlobalOptions.Json();

    public static Command Create() => ExperimentsCommand.Do(
        new Command("compare", "Runs side by side: what differs first, the front of the best, and which parameters matter.") { Runs, Experiments, Sweep, Filter, Goals, Curves, Show, Html, Json },
        async (parsed, client, cancel) =>
        {
            string? html = parsed.GetValue(Html);
            string[] curves = parsed.GetValue(Curves) ?? [];
            ComparisonRequest request = new(
                parsed.GetValue(Runs), parsed.GetValue(Experiments), parsed.GetValue(Filter), null, parsed.GetValue(Goals), curves.Length == 0 ? null : curves,
                parsed.GetValue(Show) ?? (html is null ? Columns : 100), parsed.GetValue(Sweep));
            if (request is { Runs: null or [], Experiments: null or [], Sweep: null })
                throw CliException.Usage("CLI-002", "Neither runs, an experiment nor a sweep are named.", "Name ids of runs, or give --experiment NAME or --sweep SWEEP; 'mlp experiments list' and 'mlp sweeps list' show them.");
            if (html is not null)
            {
                string page = await client.PostTextAsync("api/v1/experiments/compare/report", request, cancel);
                try
                {
                    await File.WriteAllTextAsync(html, page, cancel);
                }
                catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
                {
                    throw CliException.Usage("CLI-048", $"The page cannot be written to '{html}': {problem.Message}", "Name a file in a folder that is there.");
                }
                Console.WriteLine(Print.Path(Path.GetFullPath(html)));
                return;
            }
            ComparisonView view = await client.PostAsync<ComparisonView>("api/v1/experiments/compare", request, cancel);
            if (parsed.GetValue(Json))
                Print.Json(view);
            else
                Text(view);
        });

    private static void Text(ComparisonView view)
    {
        List<string[]> rows =
        [
            ["status", .. view.Runs.Select(r => RunTable.Word(r.Status))],
            .. view.Parameters.Where(p => p.Differs).Select(p => Row(p.Name, p.Values)),
            .. view.Metrics.Where(m => m.Differs).OrderBy(m => Place(view, m.Name)).Select(m => (string[])[m.Name, .. m.Values.Select(RunTable.Number)]),
            .. view.Sources.Where(s => s.Differs).Select(s => Row(s.Name, s.Values)),
            .. view.Artifacts.Where(a => a.Differs).Select(a => Row(a.Name, a.Values)),
        ];
        int same = view.Parameters.Count(p => !p.Differs) + view.Metrics.Count(m => !m.Differs) + view.Sources.Count(s => !s.Differs) + view.Artifacts.Count(a => !a.Differs);
        Print.Table(["", .. view.Runs.Select(r => r.Name)], rows.Take(Rows));
        Print.Table(["", .. view.Runs.Select((_, i) => $"{i + 1}")], [["run", .. view.Runs.Select(r => r.Id)]]);
        Console.WriteLine($"{view.Runs.Count} of {view.Total.ToString("N0", CultureInfo.InvariantCulture)} runs; {same} values are the same in all"
            + (rows.Count > Rows ? $"; {rows.Count - Rows} more differ (--json, --html)" : "") + ".");
        if (view.Front.Count > 0)
            Console.WriteLine($"Beaten by none in {string.Join(", ", view.Goals.Select(g => g.Metric))}: {string.Join(", ", view.Front.Take(10).Select(f => $"{f.Name} ({f.Id})"))}{(view.Front.Count > 10 ? ", …" : "")}");
        if (view.NoImportance is { } why)
            Console.WriteLine(Print.Harmless($"What {view.Goals[0].Metric} depends on is not known: {why}."));
        else if (view.Importance.Count > 0)
            Console.WriteLine(Print.Harmless($"What {view.Goals[0].Metric} depends on:"));
        foreach (ParameterShare share in view.Importance.Where(s => s.Share >= 0.005).Take(8))
            Console.WriteLine($"  {share.Share.ToString("P1", CultureInfo.InvariantCulture),7}  {Print.Harmless(share.Parameter)}");
    }

    private static int Place(ComparisonView view, string metric) => view.Goals.Select(g => g.Metric).ToList().IndexOf(metric) is >= 0 and int place ? place : int.MaxValue;

    private static string[] Row(string name, IReadOnlyList<string?> values) =>
        [name, .. values.Select(v => v is null ? "" : v.StartsWith("sha256:", StringComparison.Ordinal) && v.Length > 19 ? v[7..19] : RunTable.Short([v]))];
}
