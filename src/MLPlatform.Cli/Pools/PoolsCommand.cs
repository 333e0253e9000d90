using System.CommandLine;
using MLPlatform.Cli.Connection;
using MLPlatform.Cli.Quotas;
using MLPlatform.Server.Pools;

namespace MLPlatform.Cli.Pools;

/// <summary><c>mlp pools list|show|promotions</c></summary>
internal static class PoolsCommand
{
    private static readonly Argument<string> Pool = new("POOL") { Description = "A pool." };
    private static readonly Option<bool> Json = GlobalOptions.Json();

    public static Command Create() => new("pools", "Pools of machines: what they have and what is held of it.") { List(), Show(), PromotionCommands.Create() };

    private static Command List() => QuotaCommand.Do(new Command("list", "Show all pools.") { Json }, Purpose.Read, async (parsed, client, cancel) =>
    {
        List<PoolView> all = await client.GetAsync<List<PoolView>>("api/v1/pools", cancel);
        if (parsed.GetValue(Json))
            Print.Json(all);
        else
            Print.Table(["POOL", "EXECUTOR", "MACHINES", "TOTAL", "USED", "OVERFLOW", "DESCRIPTION"], all.Select(p => new[]
            {
                p.Name, p.Executor, $"{p.Machines}", QuotaText.Amount(p.Total), QuotaText.Amount(p.Used), string.Join(", ", p.Overflow), p.Description ?? "",
            }));
    });

    private static Command Show() => QuotaCommand.Do(new Command("show", "Show a pool, its machines and who holds what.") { Pool, Json }, Purpose.Read, async (parsed, client, cancel) =>
    {
        PoolDetail pool = await client.GetAsync<PoolDetail>($"api/v1/pools/{Uri.EscapeDataString(parsed.GetValue(Pool)!)}", cancel);
        if (parsed.GetValue(Json))
        {
            Print.Json(pool);
            return;
        }
        Console.WriteLine($"{Print.Harmless(pool.Pool.Name)}: {QuotaText.Amount(pool.Pool.Total)}, used {QuotaText.Amount(pool.Pool.Used)}");
        Print.Table(["MACHINE", "TOTAL", "USED", "GPUS", "LABELS", "SERVER"], pool.Machines.Select(m => new[]
        {
            m.Name, QuotaText.Amount(m.Total), QuotaText.Amount(m.Used), string.Join(", ", m.Gpus.GroupBy(g => g.Model).Select(g => $"{g.Count()} x {g.Key}")),
            string.Join(", ", m.Labels.Select(l => $"{l.Key}={l.Value}")), m.Server ?? "(declared)",
        }));
        if (pool.Holders.Count > 0)
        {
            Console.WriteLine();
            QuotaText.Holders(pool.Holders);
        }
    });
}
