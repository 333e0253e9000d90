using System.Text.Json;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Pipelines;
using MLPlatform.Core.Pipelines.Source;

namespace MLPlatform.Core.Scheduling.Quotas;

/// <summary>Whether the amounts of a resources file add up.</summary>
internal sealed class ResourcesSums(IReadOnlyList<SourceNode> pools, IReadOnlyList<SourceNode> groups, DiagnosticList problems)
{
    private static readonly string[] Resources = ["cpu", "memory", "gpu"];

    public void Check()
    {
        foreach (SourceNode group in groups)
        {
            foreach (SourceNode quota in ResourcesChecks.Entries(group, "quotas"))
                CheckQuota(quota);
            foreach (SourceNode person in ResourcesChecks.Entries(group, "persons"))
            {
                foreach (SourceNode ceiling in ResourcesChecks.Entries(person, "ceilings"))
                    CheckCeiling(group, ceiling);
            }
        }
        foreach (SourceNode pool in pools)
            CheckPool(pool);
    }

    private void CheckQuota(SourceNode quota)
    {
        SourceNode? nominal = quota.Find("nominal");
        foreach (string resource in Resources)
        {
            foreach (string limit in (string[])["lendingLimit", "borrowingLimit"])
            {
                if (quota.Find(limit)?.Find(resource) is not { } bound)
                    continue;
                if (nominal?.Find(resource) is not { } amount)
                    problems.Warning("QUOTA-007", bound, $"{resource} has no nominal quota here, so it is not counted and this limit does nothing", $"Give \"nominal\" a \"{resource}\", 0 if it is to be borrowed only.");
                else if (limit == "lendingLimit" && Value(bound) is { } lent && Value(amount) is { } own && lent > own)
                    problems.Error("QUOTA-005", bound, $"no more {resource} can be lent than the nominal {Words(own)}, and this is {Words(lent)}", "Lower it, or raise the nominal quota.");
            }
        }
    }

    private void CheckCeiling(SourceNode group, SourceNode ceiling)
    {
        if (group.Find("quotas")?.Find(ceiling.Name!) is not { } quota)
            return;
        foreach (string resource in Resources)
        {
            if (Value(ceiling.Find(resource)) is { } most && Value(quota.Find("nominal")?.Find(resource)) is { } nominal
                && Value(quota.Find("borrowingLimit")?.Find(resource)) is { } borrowed && most > nominal + borrowed)
                problems.Warning("QUOTA-008", ceiling.Find(resource)!, $"the group itself never has more than {Words(nominal + borrowed)} {resource} here, so this ceiling is never met", "Lower it, or remove it.");
        }
    }

    // What is found at run time comes on top, so this can only warn, and only where all machines are declared.
    private void CheckPool(SourceNode pool)
    {
        IReadOnlyList<SourceNode> nodes = ResourcesChecks.Entries(pool, "nodes");
        if (nodes.Count == 0 || pool.Find("selector") is { Children.Count: > 0 })
            return;
        foreach (string resource in Resources)
        {
            decimal there = nodes.Sum(n => Value(n.Find(resource == "gpu" ? "gpus" : resource)) ?? 0);
            decimal promised = groups.Sum(g => Value(g.Find("quotas")?.Find(pool.Name!)?.Find("nominal")?.Find(resource)) ?? 0);
            if (promised > there)
                problems.Warning("QUOTA-009", pool, $"groups are promised {Words(promised)} {resource} of {pool.Name}, and its declared machines have {Words(there)}", "Lower the nominal quotas, or declare more machines; those that are found by themselves are not known here.");
        }
    }

    private decimal? Value(SourceNode? node)
    {
        if (node is not { Kind: JsonValueKind.Number or JsonValueKind.String })
            return null;
        try
        {
            return problems.File.Element(node).Deserialize<Quantity>(ActivityJson.Options).Value;
        }
        catch (JsonException)
        {
            return null; // Told with its shape.
        }
    }

    private static string Words(decimal value) => new Quantity(value).ToString();
}
