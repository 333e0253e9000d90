using System.Globalization;
using MLPlatform.Core.Scheduling.Quotas;
using MLPlatform.Server.Quotas;

namespace MLPlatform.Cli.Quotas;

/// <summary>Amounts of resources for people.</summary>
internal static class QuotaText
{
    /// <summary><c>2 cpu, 4 GiB, 1 gpu</c>; what there is none of is left out.</summary>
    public static string Amount(AmountView? amount)
    {
        if (amount is null)
            return "";
        List<string> parts = [];
        if (amount.Cpu != 0)
            parts.Add($"{Number(amount.Cpu)} cpu");
        if (amount.Memory != 0)
            parts.Add(Print.Bytes(amount.Memory));
        if (amount.Gpu != 0)
            parts.Add($"{Number(amount.Gpu)} gpu");
        return parts.Count == 0 ? "0" : string.Join(", ", parts);
    }

    /// <summary>How much of a quota is there, or missing, because of expansions.</summary>
    public static string Expanded(AmountView? more) => more is null ? ""
        : more.Cpu < 0 || more.Memory < 0 || more.Gpu < 0 ? $" (with {Amount(new AmountView(-more.Cpu, -more.Memory, -more.Gpu))} less for a while)"
        : $" (with {Amount(more)} more for a while)";

    public static string Limit(AmountDeclaration? limit) =>
        limit is null ? "all" : string.Join(", ", new[] { limit.Cpu is { } c ? $"{c} cpu" : null, limit.Memory is { } m ? Print.Bytes((long)m.Value) : null, limit.Gpu is { } g ? $"{g} gpu" : null }.OfType<string>());

    public static void Holders(IEnumerable<HolderView> holders) =>
        Print.Table(["RUN", "PIPELINE", "PERSON", "POOL", "MACHINE", "HOLDS", "DEVICES", "SINCE", ""], holders.Select(h => new[]
        {
            h.Run, h.Pipeline, h.Person, h.Pool, h.Machine, Amount(h.Amount), string.Join(',', h.Devices), Print.Time(h.Since), h.Borrowed ? "borrowed" : "",
        }));

    private static string Number(double value) => value.ToString("0.###", CultureInfo.InvariantCulture);
}
