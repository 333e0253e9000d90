using Cronos;

namespace MLPlatform.Core.Triggers;

/// <summary>Reads the text of cron expressions.</summary>
internal static class CronText
{
    private const string Preamble = "The given cron expression has an invalid format. ";
    private static readonly string[] EveryHour = ["*", "?", "*/1", "0-23", "0/1"];
    private static readonly string[] EveryHourMacros = ["@hourly", "@every_minute", "@every_second"];

    public static CronExpression? Parse(string text, List<ScheduleProblem> problems)
    {
        CronExpression? expression = Read(text, problems);
        if (expression is not null && expression.GetNextOccurrence(DateTime.UnixEpoch) is null)
        {
            problems.Add(new("TRIG-003", "cron", $"cron expression '{text}' never fires", "No such date exists."));
            return null;
        }
        return expression;
    }

    /// <summary>Whether it fires in every hour of the days it fires on.</summary>
    public static bool FiresEveryHour(string text)
    {
        string[] fields = Fields(text);
        return fields.Length switch
        {
            1 => EveryHourMacros.Contains(fields[0], StringComparer.OrdinalIgnoreCase),
            5 => EveryHour.Contains(fields[1]),
            _ => EveryHour.Contains(fields[2]),
        };
    }

    private static CronExpression? Read(string text, List<ScheduleProblem> problems)
    {
        string[] fields = Fields(text);
        string hint = "Five fields: minute hour day-of-month month day-of-week; with six, seconds come first.";
        if (fields.Length is not (5 or 6) && !(fields.Length == 1 && fields[0].StartsWith('@')))
        {
            problems.Add(new("TRIG-001", "cron", $"cron expression '{text}' has {fields.Length} fields", hint));
            return null;
        }
        try
        {
            return CronExpression.Parse(string.Join(' ', fields), fields.Length == 6 ? CronFormat.IncludeSeconds : CronFormat.Standard);
        }
        catch (Exception e) when (e is CronFormatException or MissingSeedException)
        {
            // H stands for a value drawn by seed; here an instant must be readable from the file alone.
            string why = e is MissingSeedException ? "H is not supported; name the value." : e.Message.Replace(Preamble, "", StringComparison.Ordinal);
            problems.Add(new("TRIG-001", "cron", $"cron expression '{text}' cannot be read: {why}", hint));
            return null;
        }
    }

    private static string[] Fields(string text) => text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
}
