using System.CommandLine;
using MLPlatform.Cli.Connection;
using MLPlatform.Core.Alarms;
using MLPlatform.Core.Alarms.Messages;
using MLPlatform.Server.Alarms;
using MLPlatform.Server.Describe;

namespace MLPlatform.Cli.Alarms;

/// <summary><c>mlp alarms list|show|ack|resolve|deliveries|silence|silences|unsilence|channels|test</c></summary>
internal static class AlarmsCommand
{
    private static readonly Argument<string> Alarm = new("ALARM") { Description = "An alarm's id, or the first letters of it." };
    private static readonly Option<string?> Pipeline = new("--pipeline") { Description = "Only alarms of this pipeline." };
    private static readonly Option<AlarmStatus?> State = new("--state") { Description = "Only alarms that are firing, acknowledged or resolved." };
    private static readonly Option<int> Limit = new("--limit") { Description = "How many, newest first.", DefaultValueFactory = _ => 20 };
    private static readonly Option<string?> Because = new("--because") { Description = "Why it is over." };
    private static readonly Option<DeliveryState?> Delivery = new("--state") { Description = "Only deliveries that are waiting, held, sent, dropped or failed." };
    private static readonly Option<bool> Json = GlobalOptions.Json();

    public static Command Create() => new("alarms", "Alarms: what is wrong, who was told, and silences.")
    {
        List(), Show(), Acknowledge(), Resolve(), Deliveries(),
        SilenceCommands.Silence(), SilenceCommands.Silences(), SilenceCommands.Unsilence(), SilenceCommands.Channels(), SilenceCommands.Test(),
    };

    private static Command List() => Do(new Command("list", "Show alarms, newest first.") { State, Pipeline, Limit, Json }, async (parsed, client, cancel) =>
    {
        string query = $"limit={parsed.GetValue(Limit)}"
            + (parsed.GetValue(State) is { } state ? $"&state={state}" : "")
            + (parsed.GetValue(Pipeline) is { } pipeline ? $"&pipeline={Uri.EscapeDataString(pipeline)}" : "");
        PageView<AlarmView> page = await client.GetAsync<PageView<AlarmView>>($"api/v1/alarms?{query}", cancel);
        if (parsed.GetValue(Json))
            Print.Json(page.Items);
        else
            Print.Table(["ALARM", "STATE", "SEVERITY", "OPENED", "SUMMARY"], page.Items.Select(a => new[]
            {
                a.Id[..12], Word(a.State) + (a.Escalated ? ", escalated" : ""), Word(a.Severity), Print.Time(a.OpenedAt), a.Summary,
            }));
    });

    private static Command Show() => Do(new Command("show", "Show an alarm: run, owner, log, metrics, and who was told.") { Alarm, Json }, async (parsed, client, cancel) =>
    {
        AlarmDetail detail = await client.GetAsync<AlarmDetail>($"api/v1/alarms/{await IdAsync(parsed, client, cancel)}", cancel);
        if (parsed.GetValue(Json))
        {
            Print.Json(detail);
            return;
        }
        AlarmView a = detail.Alarm;
        Console.WriteLine(Print.Harmless($"{a.Summary}{Environment.NewLine}".TrimEnd()));
        Print.Table(["", ""], new (string Name, string? Value)[]
        {
            ("alarm", a.Id), ("rule", $"{a.Rule} ({Word(a.Event)}, {Word(a.Severity)})"),
            ("state", Word(a.State) + (a.By is { } by ? $" by {by}" : "") + (a.Since is { } since ? $" at {Print.Time(since)}" : "") + (a.Because is { } why ? $": {why}" : "")
                + (a.Escalated ? ", escalated" : "")),
            ("at", Print.Time(a.At)), ("opened", Print.Time(a.OpenedAt)), ("pipeline", a.Pipeline), ("about", a.Subject), ("owner", a.Owner), ("run", a.Run?.ToString()),
            ("metrics", a.Metrics.Count > 0 ? string.Join(", ", a.Metrics.Select(m => FormattableString.Invariant($"{m.Key}={m.Value:0.######}"))) : null),
        }.Where(f => f.Value is not null).Select(f => new[] { f.Name, f.Value! }));
        if (a.Log is { } log)
            Console.WriteLine($"The log of attempt {log.Attempt}, line {log.Line}:{Environment.NewLine}{string.Join(Environment.NewLine, AlarmMessage.LogLines(log).Select(l => "  | " + Print.Harmless(l)))}");
        ShowDeliveries(detail.Deliveries);
    });

    private static Command Acknowledge() => Do(new Command("ack", "Say that somebody looks at it: it is not escalated any more.") { Alarm, Json },
        (parsed, client, cancel) => ChangeAsync(parsed, client, "acknowledge", null, cancel));

    private static Command Resolve() => Do(new Command("resolve", "Say that it is over.") { Alarm, Because, Json },
        (parsed, client, cancel) => ChangeAsync(parsed, client, "resolve", new ResolveRequest(parsed.GetValue(Because)), cancel));

    private static Command Deliveries() => Do(new Command("deliveries", "Show what was sent or is to be, newest first, and what went wrong.") { Delivery, Limit, Json }, async (parsed, client, cancel) =>
    {
        string query = $"limit={parsed.GetValue(Limit)}{(parsed.GetValue(Delivery) is { } state ? $"&state={state}" : "")}";
        List<DeliveryView> all = await client.GetAsync<List<DeliveryView>>($"api/v1/alarms/deliveries?{query}", cancel);
        if (parsed.GetValue(Json))
            Print.Json(all);
        else
            ShowDeliveries(all);
    });

    private static void ShowDeliveries(IReadOnlyList<DeliveryView> all) => Print.Table(["ALARM", "CHANNEL", "KIND", "STATE", "TRIES", "NEXT OR END", "ERROR"], all.Select(d => new[]
    {
        d.Alarm[..12], d.Channel, Word(d.Kind), Word(d.State), $"{d.Attempts}", Print.Time(d.NextAt), d.Error ?? "",
    }));

    private static async Task ChangeAsync(ParseResult parsed, PlatformClient client, string verb, object? body, CancellationToken cancel)
    {
        AlarmView changed = await client.PostAsync<AlarmView>($"api/v1/alarms/{await IdAsync(parsed, client, cancel)}/{verb}", body, cancel);
        if (parsed.GetValue(Json))
            Print.Json(changed);
        else
            Console.WriteLine(Print.Harmless($"{Word(changed.State)}: {changed.Summary}"));
    }

    /// <summary>Lists show the first letters of ids, so those are understood.</summary>
    private static async Task<string> IdAsync(ParseResult parsed, PlatformClient client, CancellationToken cancel)
    {
        string given = parsed.GetValue(Alarm)!;
        if (given.Length is < 4 or >= 32)
            return Uri.EscapeDataString(given);
        for (string? cursor = ""; cursor is not null;)
        {
            PageView<AlarmView> page = await client.GetAsync<PageView<AlarmView>>($"api/v1/alarms?limit=500{(cursor.Length > 0 ? "&cursor=" + cursor : "")}", cancel);
            if (page.Items.Where(a => a.Id.StartsWith(given, StringComparison.Ordinal)).ToList() is { Count: > 0 } found)
                return found.Count == 1 ? found[0].Id : throw CliException.Usage("ALARM-024", $"{found.Count} alarms begin with '{given}'.", "Give more of the id.");
            cursor = page.Next;
        }
        return Uri.EscapeDataString(given);
    }

    internal static string Word<T>(T value) where T : struct, Enum => char.ToLowerInvariant($"{value}"[0]) + $"{value}"[1..];

    internal static Command Do(Command command, Func<ParseResult, PlatformClient, CancellationToken, Task> action)
    {
        command.SetAction(async (parsed, cancel) =>
        {
            await using PlatformConnection platform = await PlatformConnection.OpenAsync(parsed, Purpose.Read, cancel);
            await action(parsed, platform.Client, cancel);
            return ExitCode.Done;
        });
        return command;
    }
}
