using System.CommandLine;
using System.Globalization;
using MLPlatform.Cli.Connection;
using MLPlatform.Cli.Quotas;
using MLPlatform.Server.Budgets;

namespace MLPlatform.Cli.Budgets;

/// <summary><c>mlp quota budgets</c></summary>
internal static class BudgetCommand
{
    private static readonly Option<bool> Json = GlobalOptions.Json();

    public static Command Create() => QuotaCommand.Do(new Command("budgets", "Show budgets in GPU hours: used, left, and when they run out; and what everybody used.") { Json }, Purpose.Read, async (parsed, client, cancel) =>
    {
        BudgetsView all = await client.GetAsync<BudgetsView>("api/v1/quotas/budgets", cancel);
        if (parsed.GetValue(Json))
        {
            Print.Json(all);
            return;
        }
        if (all.Budgets.Count == 0)
            Console.WriteLine("No budget is declared: 'budget' of a group or a person in the resources file is one.");
        else
            Print.Table(["GROUP", "PERSON", "BUDGET", "USED", "LEFT", "PART", "PACE", "RUNS OUT", ""], all.Budgets.Select(b => new[]
            {
                b.Group, b.Person ?? "", Number(b.GpuHours), Number(b.Used), Number(b.Left), $"{Number(b.Part * 100)} %", Number(b.Pace),
                b.UsedUp ? "used up" : b.RunsOutAt is { } at ? Print.Time(at) : "lasts", b.Holds ? "holds" : "",
            }));
        if (all.Used.Count == 0)
            return;
        Console.WriteLine();
        Print.Table(["MONTH", "GROUP", "PERSON", "GPU HOURS"], all.Used.OrderByDescending(u => u.Month).ThenByDescending(u => u.GpuHours).Select(u => new[]
        {
            u.Month, u.Group.Length > 0 ? u.Group : "(none)", u.Person, Number(u.GpuHours),
        }));
    });

    private static string Number(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);
}
