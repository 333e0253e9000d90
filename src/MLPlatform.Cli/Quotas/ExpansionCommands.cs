using System.CommandLine;
using System.Globalization;
using MLPlatform.Cli.Connection;
using MLPlatform.Core.Pipelines;
using MLPlatform.Core.Scheduling.Quotas;
using MLPlatform.Server.Quotas;

namespace MLPlatform.Cli.Quotas;

/// <summary><c>mlp quota expand|expansions|end</c></summary>
internal static class ExpansionCommands
{
    internal static readonly Argument<string> Group = new("GROUP") { Description = "Who gets more." };
    private static readonly Argument<Guid> Expansion = new("EXPANSION") { Description = "An expansion." };
    internal static readonly Option<string> Pool = new("--pool") { Description = "Where.", Required = true };
    internal static readonly Option<string?> Cpu = new("--cpu") { Description = "Cores more, such as 2 or 500m.", HelpName = "QUANTITY" };
    internal static readonly Option<string?> Memory = new("--memory") { Description = "Memory more, such as 8Gi.", HelpName = "QUANTITY" };
    internal static readonly Option<string?> Gpu = new("--gpu") { Description = "GPUs more, such as 1 or 500m.", HelpName = "QUANTITY" };
    internal static readonly Option<string> Until = new("--until") { Description = "When it ends by itself: an instant such as 2026-03-01T18:00:00Z, or a time from now such as PT8H.", HelpName = "WHEN", Required = true };
    internal static readonly Option<string> Reason = new("--reason") { Description = "Why, for everybody to read.", Required = true };
    private static readonly Option<string?> Approver = new("--approver") { Description = "Who allowed it. Default: you.", HelpName = "PERSON" };
    private static readonly Option<string?> Source = new("--from") { Description = "The group whose quota is less by as much meanwhile. Default: none; the pool must have as much unassigned.", HelpName = "GROUP" };
    private static readonly Option<bool> All = new("--all") { Description = "Also those that are over." };
    private static readonly Option<bool> Json = GlobalOptions.Json();

    public static Command Expand() => QuotaCommand.Do(
        new Command("expand", "Give a group more for a while; it ends by itself.") { Group, Pool, Cpu, Memory, Gpu, Until, Reason, Approver, Source, Json }, Purpose.Read, async (parsed, client, cancel) =>
    {
        ExpansionView made = await client.PostAsync<ExpansionView>("api/v1/quotas/expansions", new ExpandRequest(
            parsed.GetValue(Group)!, parsed.GetValue(Pool)!, MoreOf(parsed), UntilOf(parsed), parsed.GetValue(Reason)!, null, parsed.GetValue(Approver), parsed.GetValue(Source)), cancel);
        Write(parsed, made);
    });

    public static Command Expansions() => Listing(new Command("expansions", "Show expansions that hold or will hold, and who asks for one; ask for one, and decide.")
    {
        Listing(new Command("list", "Show expansions that hold or will hold, and who asks for one.")), ExpansionRequestCommands.List(),
        ExpansionRequestCommands.Ask(), ExpansionRequestCommands.Approve(), ExpansionRequestCommands.Decline(), ExpansionRequestCommands.Withdraw(),
    });

    private static Command Listing(Command command)
    {
        command.Options.Add(All);
        command.Options.Add(Json);
        return QuotaCommand.Do(command, Purpose.Read, ListAsync);
    }

    private static async Task ListAsync(ParseResult parsed, PlatformClient client, CancellationToken cancel)
    {
        List<ExpansionView> all = await client.GetAsync<List<ExpansionView>>("api/v1/quotas/expansions" + (parsed.GetValue(All) ? "?all=true" : ""), cancel);
        if (parsed.GetValue(Json))
        {
            Print.Json(all);
            return;
        }
        Print.Table(["EXPANSION", "GROUP", "POOL", "MORE", "STATE", "UNTIL", "APPROVER", "FROM", "REASON"], all.Select(e => new[]
        {
            e.Id.ToString(), e.Group, e.Pool, QuotaText.Amount(e.More), e.EndedBy is { } by ? $"ended by {by}" : e.State, Print.Time(e.Until), e.Approver, e.Source ?? "", e.Reason,
        }));
        await ExpansionRequestCommands.WritePendingAsync(client, cancel);
    }

    public static Command End() => QuotaCommand.Do(new Command("end", "End an expansion before its time.") { Expansion, Json }, Purpose.Read, async (parsed, client, cancel) =>
        Write(parsed, await client.PostAsync<ExpansionView>($"api/v1/quotas/expansions/{parsed.GetValue(Expansion)}/end", null, cancel)));

    private static void Write(ParseResult parsed, ExpansionView e)
    {
        if (parsed.GetValue(Json))
            Print.Json(e);
        else
            Console.WriteLine($"{e.Id}: {Print.Harmless(e.Group)} has {QuotaText.Amount(e.More)} more of {Print.Harmless(e.Pool)} until {Print.Time(e.Until)}, approved by {Print.Harmless(e.Approver)}");
    }

    private static Quantity? QuantityOf(ParseResult parsed, Option<string?> option) => parsed.GetValue(option) is not { } text ? null
        : Quantity.TryParse(text, out Quantity quantity) ? quantity
        : throw CliException.Usage("QUOTA-010", $"{option.Name} {text} is no quantity.", "Write one such as 2, 500m or 8Gi.");

    internal static AmountDeclaration MoreOf(ParseResult parsed) => new() { Cpu = QuantityOf(parsed, Cpu), Memory = QuantityOf(parsed, Memory), Gpu = QuantityOf(parsed, Gpu) };

    internal static DateTimeOffset UntilOf(ParseResult parsed)
    {
        string text = parsed.GetValue(Until)!;
        if (IsoDuration.TryParse(text, out TimeSpan length))
            return TimeProvider.System.GetUtcNow() + length;
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset at)
            ? at : throw CliException.Usage("QUOTA-010", $"--until {text} is no time.", "Write an instant such as 2026-03-01T18:00:00Z, or a time from now such as PT8H.");
    }
}
