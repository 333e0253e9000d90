using MLPlatform.Core.Pipelines;

namespace MLPlatform.Core.Scheduling.Quotas;

/// <summary>Whether an expansion can be.</summary>
public static class ExpansionRules
{
    /// <summary>What is wrong with it, or null.</summary>
    public static SettingsProblem? Check(Expansion wanted, QuotaBook book) =>
        CheckWish(wanted, book) ?? (wanted.Source is null ? CheckUnassigned(wanted, book) : null);

    /// <summary>What is wrong with asking for it, or null: whether a pool has as much unassigned is for who approves, who may name a source.</summary>
    public static SettingsProblem? CheckWish(Expansion wanted, QuotaBook book)
    {
        if (book.File is not { } file)
            return new SettingsProblem("QUOTA-010", ["group"], "no resources file was applied, so there are no quotas to expand", "Apply one with 'mlp quota apply FILE'.");
        if (!file.Groups.TryGetValue(wanted.Group, out GroupDeclaration? group))
            return new SettingsProblem("QUOTA-003", ["group"], $"there is no group \"{wanted.Group}\"", Names.Hint(wanted.Group, [.. file.Groups.Keys]));
        if (!book.Pools.Names.Contains(wanted.Pool))
            return new SettingsProblem("QUOTA-002", ["pool"], $"there is no pool \"{wanted.Pool}\"", Names.Hint(wanted.Pool, [.. book.Pools.Names]));
        if (wanted.Until <= book.At || wanted.Until <= wanted.From)
            return Refused("until", "it would be over before it begins", "Give an end that is still to come.");
        if (wanted.More.IsZero)
            return Refused("more", "it adds nothing", "Say how much more: cpu, memory or gpu.");
        if (wanted.Reason.Length == 0)
            return Refused("reason", "it has no reason", "Say why, for everybody to read.");
        if (!group.Quotas.TryGetValue(wanted.Pool, out QuotaDeclaration? quota))
            return Refused("pool", $"{wanted.Group} has no quota of {wanted.Pool} to expand", "Give it one in the resources file, 0 if it is to borrow only.");
        if (Unmetered(quota.Nominal, wanted.More) is { } resource)
            return Refused("more", $"{wanted.Group} has no nominal {resource} in {wanted.Pool}, so it is not counted", "Give it one in the resources file.");
        return wanted.Source is { } source ? CheckSource(source, wanted, book) : null;
    }

    private static SettingsProblem? CheckSource(string source, Expansion wanted, QuotaBook book)
    {
        if (source == wanted.Group)
            return Refused("source", "a group cannot give to itself", "Name another source, or none.");
        if (book.NominalOf(source, wanted.Pool) is not { } has)
            return Refused("source", $"{source} has no quota of {wanted.Pool}", "Name a group that has one.");
        return wanted.More.FitsIn(has) ? null : Refused("source", $"{source} has less than that of {wanted.Pool}", "Ask for less, or name another source.");
    }

    // What groups are promised must be there, or a guarantee would be a word.
    private static SettingsProblem? CheckUnassigned(Expansion wanted, QuotaBook book)
    {
        Amount there = book.MachinesOf(wanted.Pool).Aggregate(Amount.Zero, (sum, m) => sum + m.Amount);
        Amount promised = book.File!.Groups.Keys.Aggregate(Amount.Zero, (sum, g) => sum + (book.NominalOf(g, wanted.Pool) ?? Amount.Zero));
        Amount after = promised + wanted.More;
        bool fits = (wanted.More.MilliCpu == 0 || after.MilliCpu <= there.MilliCpu) && (wanted.More.MemoryBytes == 0 || after.MemoryBytes <= there.MemoryBytes)
            && (wanted.More.MilliGpu == 0 || after.MilliGpu <= there.MilliGpu);
        Amount Only(Amount of) => new(wanted.More.MilliCpu == 0 ? 0 : of.MilliCpu, wanted.More.MemoryBytes == 0 ? 0 : of.MemoryBytes, wanted.More.MilliGpu == 0 ? 0 : of.MilliGpu);
        return fits ? null : Refused("more",
            $"the machines of {wanted.Pool} have {AmountWords.Of(Only(there))}, {AmountWords.Of(Only(promised))} of which are promised to groups already; {AmountWords.Of(wanted.More)} more do not fit",
            "Name a source: a group whose quota is less by as much meanwhile.");
    }

    private static string? Unmetered(AmountDeclaration nominal, Amount more) =>
        more.MilliCpu > 0 && nominal.Cpu is null ? "cpu" : more.MemoryBytes > 0 && nominal.Memory is null ? "memory" : more.MilliGpu > 0 && nominal.Gpu is null ? "gpu" : null;

    private static SettingsProblem Refused(string field, string message, string hint) => new("QUOTA-010", [field], message, hint);
}
