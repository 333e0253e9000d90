using System.CommandLine;
using System.Text.Json;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Alarms;
using MLPlatform.Server.Alarms;

namespace MLPlatform.Cli.Alarms;

/// <summary>Silences and channels.</summary>
internal static class SilenceCommands
{
    private static readonly Option<string?> Pipeline = new("--pipeline") { Description = "Only alarms of this pipeline." };
    private static readonly Option<string?> Activity = new("--activity") { Description = "Only alarms about this activity, dataset or agent." };
    private static readonly Option<AlarmEvent?> Event = new("--event") { Description = "Only alarms of this event, such as failed." };
    private static readonly Option<string> For = new("--for") { Description = "How long, as an ISO 8601 duration such as PT2H.", Required = true };
    private static readonly Option<string> Reason = new("--reason") { Description = "Why nobody shall be told.", Required = true };
    private static readonly Argument<Guid> Id = new("SILENCE") { Description = "A silence's id." };
    private static readonly Argument<string> Name = new("CHANNEL") { Description = "A channel of the server's settings." };
    private static readonly Option<bool> Json = GlobalOptions.Json();

    public static Command Silence() => AlarmsCommand.Do(new Command("silence", "Tell nobody for a while; what still fires when it ends is told then.") { Pipeline, Activity, Event, For, Reason, Json },
        async (parsed, client, cancel) =>
        {
            DateTimeOffset until = TimeProvider.System.GetUtcNow() + Duration(parsed.GetValue(For)!);
            SilenceView made = await client.PostAsync<SilenceView>("api/v1/alarm-silences",
                new SilenceRequest(until, parsed.GetValue(Reason)!, parsed.GetValue(Pipeline), parsed.GetValue(Activity), parsed.GetValue(Event)), cancel);
            if (parsed.GetValue(Json))
                Print.Json(made);
            else
                Console.WriteLine($"Silence {made.Id} until {Print.Time(made.Until)}.");
        });

    public static Command Silences() => AlarmsCommand.Do(new Command("silences", "Show silences that have not ended.") { Json }, async (parsed, client, cancel) =>
    {
        List<SilenceView> all = await client.GetAsync<List<SilenceView>>("api/v1/alarm-silences", cancel);
        if (parsed.GetValue(Json))
            Print.Json(all);
        else
            Print.Table(["SILENCE", "PIPELINE", "ABOUT", "EVENT", "FROM", "UNTIL", "BY", "REASON"], all.Select(s => new[]
            {
                s.Id.ToString(), s.Pipeline ?? "(all)", s.Activity ?? "(all)", s.Event is { } only ? AlarmsCommand.Word(only) : "(all)", Print.Time(s.From), Print.Time(s.Until), s.By, s.Reason,
            }));
    });

    public static Command Unsilence() => AlarmsCommand.Do(new Command("unsilence", "End a silence now.") { Id }, async (parsed, client, cancel) =>
    {
        await client.DeleteAsync($"api/v1/alarm-silences/{parsed.GetValue(Id)}", cancel);
        Console.WriteLine("Ended; what still fires is told now.");
    });

    public static Command Channels() => AlarmsCommand.Do(new Command("channels", "Show the channels of the server's settings.") { Json }, async (parsed, client, cancel) =>
    {
        List<ChannelView> all = await client.GetAsync<List<ChannelView>>("api/v1/alarm-channels", cancel);
        if (parsed.GetValue(Json))
            Print.Json(all);
        else
            Print.Table(["CHANNEL", "TYPE"], all.Select(c => new[] { c.Name, AlarmsCommand.Word(c.Type) }));
    });

    public static Command Test() => AlarmsCommand.Do(new Command("test", "Send a test message to a channel.") { Name }, async (parsed, client, cancel) =>
    {
        await client.PostAsync<ChannelView>($"api/v1/alarm-channels/{Uri.EscapeDataString(parsed.GetValue(Name)!)}/test", null, cancel);
        Console.WriteLine("The channel took the message.");
    });

    private static TimeSpan Duration(string text)
    {
        try
        {
            TimeSpan length = JsonSerializer.Deserialize<TimeSpan>(JsonSerializer.Serialize(text), ActivityJson.Options);
            return length > TimeSpan.Zero && length.TotalDays <= 366 ? length
                : throw CliException.Usage("ALARM-022", $"'{text}' is no length of a silence: more than nothing, a year at most.", "Write it like PT30M, PT2H or P1D.");
        }
        catch (JsonException)
        {
            throw CliException.Usage("ALARM-022", $"'{text}' is no duration.", "Write it like PT30M, PT2H or P1D.");
        }
    }
}
