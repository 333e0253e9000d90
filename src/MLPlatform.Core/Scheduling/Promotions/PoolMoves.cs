using MLPlatform.Core.Plans;

namespace MLPlatform.Core.Scheduling.Promotions;

/// <summary>Plans as promotions in force change them.</summary>
public static class PoolMoves
{
    /// <summary>The plan with the pools that its pipeline was promoted to, and the promotions that changed something.</summary>
    /// <param name="inForce">Of the plan's pipeline. One may follow another: from development to production, and from there to performance.</param>
    /// <param name="poolOf">The pool that is meant by a name, or by none.</param>
    public static (RunPlan Plan, IReadOnlyList<Promotion> Moved) Apply(RunPlan plan, IReadOnlyCollection<Promotion> inForce, Func<string?, string?> poolOf)
    {
        if (inForce.Count == 0)
            return (plan, []);
        HashSet<Promotion> moved = [];
        PlannedNode[] nodes = [.. plan.Nodes.Select(node => Move(node))];
        return moved.Count == 0 ? (plan, []) : (plan with { Nodes = nodes }, [.. moved.OrderBy(p => p.ProposedAt)]);

        PlannedNode Move(PlannedNode node)
        {
            if (Amount.Of(node.Resources).IsZero || poolOf(node.Resources.Pool) is not { } asked)
                return node;
            string pool = asked;
            HashSet<string> seen = new(StringComparer.Ordinal);
            while (seen.Add(pool) && inForce.FirstOrDefault(p => p.From == pool) is { } next)
            {
                moved.Add(next);
                pool = next.To;
            }
            return pool == asked ? node : node with { Resources = node.Resources with { Pool = pool } };
        }
    }
}
