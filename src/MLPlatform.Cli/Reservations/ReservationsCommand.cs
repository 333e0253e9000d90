using System.CommandLine;
using System.Globalization;
using MLPlatform.Cli.Connection;
using MLPlatform.Cli.Quotas;
using MLPlatform.Core.Pipelines;
using MLPlatform.Core.Scheduling.Quotas;
using MLPlatform.Server.Reservations;

namespace MLPlatform.Cli.Reservations;

/// <summary><c>mlp reservations create|list|extend|cancel</c></summary>
internal static class ReservationsCommand
{
    private static readonly Argument<Guid> Id = new("RESERVATION") { Description = "A reservation." };
    private static readonly Option<string?> Pool = new("--pool") { Description = "Where. Default: the default pool.", HelpName = "POOL" };
    private static readonly Option<string?> Cpu = new("--cpu") { Description = "Cores, such as 2 or 500m.", HelpName = "QUANTITY" };
    private static readonly Option<string?> Memory = new("--memory") { Description = "Memory, such as 8Gi.", HelpName = "QUANTITY" };
    private static readonly Option<string?> Gpu = new("--gpu") { Description = "GPUs, such as 1 or 500m.", HelpName = "QUANTITY" };
    private static readonly Option<string?> From = new("--from") { Description = "When it begins: an instant such as 2026-03-01T18:00:00Z, or a time from now such as PT2H. Default: now.", HelpName = "WHEN" };
    private static readonly Option<string> Until = new("--until") { Description = "When it is over: an instant, or a time from now.", HelpName = "WHEN", Required = true };
    private static readonly Option<string?> NoShow = new("--no-show") { Description = "How long after its beginning it goes to others where nothing has used it. Default: PT15M.", HelpName = "DURATION" };
    private static readonly Option<string?> Group = new("--group") { Description = "The group whose quota it counts against.", HelpName = "GROUP" };
    private static readonly Option<string?> Person = new("--person") { Description = "Who for. Default: you; only admins name another.", HelpName = "PERSON" };
    private static readonly Option<string?> Reason = new("--reason") { Description = "Why, for everybody to read.", HelpName = "TEXT" };
    private static readonly Option<bool> All = new("--all") { Description = "Also those that are over." };
    private static readonly Option<bool> Json = GlobalOptions.Json();

    public static Command Create() => new("reservations", "Capacity held for a person.") { CreateOne(), List(), Extend(), Cancel() };

    private static Command CreateOne() => Do(new Command("create", "Hold capacity of a pool for a person.") { Pool, Cpu, Memory, Gpu, From, Until, NoShow, Group, Person, Reason, Json }, Purpose.Change, async (parsed, client, cancel) =>
    {
        AmountDeclaration amount = new() { Cpu = QuantityOf(parsed, Cpu), Memory = QuantityOf(parsed, Memory), Gpu = QuantityOf(parsed, Gpu) };
        ReserveRequest wanted = new(amount, WhenOf(parsed.GetValue(Until)!), parsed.GetValue(From) is { } from ? WhenOf(from) : null, parsed.GetValue(Pool), parsed.GetValue(Person),
            parsed.GetValue(Group), parsed.GetValue(NoShow), parsed.GetValue(Reason));
        Told(parsed, await client.PostAsync<ReservationView>("api/v1/reservations", wanted, cancel));
    });

    private static Command List() => Do(new Command("list", "Show reservations that hold or will hold.") { All, Json }, Purpose.Read, async (parsed, client, cancel) =>
    {
        List<ReservationView> all = await client.GetAsync<List<ReservationView>>("api/v1/reservations" + (parsed.GetValue(All) ? "?all=true" : ""), cancel);
        if (parsed.GetValue(Json))
            Print.Json(all);
        else
            Print.Table(["RESERVATION", "PERSON", "POOL", "HELD", "STATE", "FROM", "UNTIL", "REASON"], all.Select(r => new[]
            {
                r.Id.ToString(), r.Person, r.Pool, QuotaText.Amount(r.Amount), r.State, Print.Time(r.From), Print.Time(r.Until), r.Reason ?? "",
            }));
    });

    private static Command Extend() => Do(new Command("extend", "Give a reservation another end.") { Id, Until, Json }, Purpose.Change, async (parsed, client, cancel) =>
        Told(parsed, await client.PostAsync<ReservationView>($"api/v1/reservations/{parsed.GetValue(Id)}/extend", new ExtendRequest(WhenOf(parsed.GetValue(Until)!)), cancel)));

    private static Command Cancel() => Do(new Command("cancel", "Give a reservation back.") { Id, Json }, Purpose.Change, async (parsed, client, cancel) =>
        Told(parsed, await client.PostAsync<ReservationView>($"api/v1/reservations/{parsed.GetValue(Id)}/cancel", null, cancel)));

    private static void Told(ParseResult parsed, ReservationView r)
    {
        if (parsed.GetValue(Json))
            Print.Json(r);
        else
            Console.WriteLine(Print.Harmless($"{r.Id}: {r.State}, {QuotaText.Amount(r.Amount)} of {r.Pool} for {r.Person} from {Print.Time(r.From)} until {Print.Time(r.Until)}"));
    }

    private static Quantity? QuantityOf(ParseResult parsed, Option<string?> option) => parsed.GetValue(option) is not { } text ? null
        : Quantity.TryParse(text, out Quantity quantity) ? quantity
        : throw CliException.Usage("CLI-001", $"{option.Name} {text} is no quantity.", "Write one such as 2, 500m or 8Gi.");

    private static DateTimeOffset WhenOf(string text) =>
        IsoDuration.TryParse(text, out TimeSpan from) ? TimeProvider.System.GetUtcNow() + from
        : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset at) ? at
        : throw CliException.Usage("CLI-001", $"'{text}' is neither an instant nor a duration.", $"Write 2026-03-01T18:00:00Z or {IsoDuration.Example}.");

    private static Command Do(Command command, Purpose purpose, Func<ParseResult, PlatformClient, CancellationToken, Task> work)
    {
        command.SetAction(async (parsed, cancel) =>
        {
            await using PlatformConnection platform = await PlatformConnection.OpenAsync(parsed, purpose, cancel);
            await work(parsed, platform.Client, cancel);
            return ExitCode.Done;
        });
        return command;
    }
}
