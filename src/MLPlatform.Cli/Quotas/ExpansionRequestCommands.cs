using System.CommandLine;
using System.Text.Json;
using MLPlatform.Cli.Connection;
using MLPlatform.Core.Scheduling.Quotas;
using MLPlatform.Server.Quotas;

namespace MLPlatform.Cli.Quotas;

/// <summary><c>mlp quota expansions request|requests|approve|decline|withdraw</c></summary>
internal static class ExpansionRequestCommands
{
    private const string Requests = "api/v1/quotas/expansions/requests";

    private static readonly Argument<Guid> Request = new("REQUEST") { Description = "A request." };
    private static readonly Option<string?> From = new("--from") { Description = "The group that would have as much less meanwhile. Default: who approves decides.", HelpName = "GROUP" };
    private static readonly Option<string?> Source = new("--from") { Description = "The group whose quota is less by as much meanwhile. Default: what the request names; else the pool must have as much unassigned.", HelpName = "GROUP" };
    private static readonly Option<string?> Word = new("--word") { Description = "A word to who asked.", HelpName = "TEXT" };
    private static readonly Option<string> Why = new("--word") { Description = "Why not, for who asked to read.", HelpName = "TEXT", Required = true };
    private static readonly Option<string?> State = new("--state") { Description = "Only those that are pending, approved, declined, withdrawn or expired.", HelpName = "STATE" };
    private static readonly Option<bool> Json = GlobalOptions.Json();

    public static Command Ask() => QuotaCommand.Do(
        new Command("request", "Ask for more for a while; an administrator decides.")
        {
            ExpansionCommands.Group, ExpansionCommands.Pool, ExpansionCommands.Cpu, ExpansionCommands.Memory, ExpansionCommands.Gpu, ExpansionCommands.Until, ExpansionCommands.Reason, From, Json,
        }, Purpose.Read, async (parsed, client, cancel) => Write(parsed, await client.PostAsync<ExpansionRequestView>(Requests, new AskExpansionRequest(
            parsed.GetValue(ExpansionCommands.Group)!, parsed.GetValue(ExpansionCommands.Pool)!, ExpansionCommands.MoreOf(parsed), ExpansionCommands.UntilOf(parsed),
            parsed.GetValue(ExpansionCommands.Reason)!, null, parsed.GetValue(From)), cancel)));

    public static Command List() => QuotaCommand.Do(new Command("requests", "Show who asked for more, newest first, and what was decided.") { State, Json }, Purpose.Read, async (parsed, client, cancel) =>
    {
        string asked = parsed.GetValue(State) is { } state ? $"?state={Uri.EscapeDataString(state)}" : "";
        List<ExpansionRequestView> all = await client.GetAsync<List<ExpansionRequestView>>(Requests + asked, cancel);
        if (parsed.GetValue(Json))
            Print.Json(all);
        else
            Table(all);
    });

    public static Command Approve() => QuotaCommand.Do(new Command("approve", "Approve a request: it becomes an expansion of the same id.") { Request, Source, Word, Json }, Purpose.Read, (parsed, client, cancel) =>
        DecideAsync(parsed, client, "approve", new ApproveExpansionRequest(parsed.GetValue(Word), parsed.GetValue(Source)), cancel));

    public static Command Decline() => QuotaCommand.Do(new Command("decline", "Decline a request, and say why.") { Request, Why, Json }, Purpose.Read, (parsed, client, cancel) =>
        DecideAsync(parsed, client, "decline", new DeclineExpansionRequest(parsed.GetValue(Why)!), cancel));

    public static Command Withdraw() => QuotaCommand.Do(new Command("withdraw", "Take a request back that is not decided yet.") { Request, Json }, Purpose.Read, (parsed, client, cancel) =>
        DecideAsync(parsed, client, "withdraw", null, cancel));

    /// <summary>Requests that nobody has decided, after the expansions that there are.</summary>
    internal static async Task WritePendingAsync(PlatformClient client, CancellationToken cancel)
    {
        List<ExpansionRequestView> pending = await client.GetAsync<List<ExpansionRequestView>>(Requests + "?state=pending", cancel);
        if (pending.Count == 0)
            return;
        Console.WriteLine();
        Table(pending);
    }

    private static async Task DecideAsync(ParseResult parsed, PlatformClient client, string act, object? body, CancellationToken cancel) =>
        Write(parsed, await client.PostAsync<ExpansionRequestView>($"{Requests}/{parsed.GetValue(Request)}/{act}", body, cancel));

    private static void Table(List<ExpansionRequestView> requests) =>
        Print.Table(["REQUEST", "GROUP", "POOL", "MORE", "STATE", "UNTIL", "ASKED BY", "EXPIRES", "FROM", "REASON"], requests.Select(r => new[]
        {
            r.Id.ToString(), r.Group, r.Pool, QuotaText.Amount(r.More), Of(r), Print.Time(r.Until), r.AskedBy, r.State == RequestState.Pending ? Print.Time(r.ExpiresAt) : "", r.Source ?? "", r.Reason,
        }));

    private static void Write(ParseResult parsed, ExpansionRequestView r)
    {
        if (parsed.GetValue(Json))
            Print.Json(r);
        else
            Console.WriteLine($"{r.Id}: {QuotaText.Amount(r.More)} more of {Print.Harmless(r.Pool)} for {Print.Harmless(r.Group)} until {Print.Time(r.Until)}, asked by {Print.Harmless(r.AskedBy)}: {Print.Harmless(Of(r))}"
                + (r.State == RequestState.Pending ? $" until {Print.Time(r.ExpiresAt)}" : ""));
    }

    private static string Of(ExpansionRequestView r) =>
        JsonNamingPolicy.CamelCase.ConvertName(r.State.ToString()) + (r.DecidedBy is { } by ? $" by {by}" : "") + (r.Word is { } word ? $" ({word})" : "");
}
