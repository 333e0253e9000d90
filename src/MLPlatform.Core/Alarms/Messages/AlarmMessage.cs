using System.Text;

namespace MLPlatform.Core.Alarms.Messages;

/// <summary>What one message tells: alarms of one group and one kind.</summary>
/// <param name="Link">The platform's address as people reach it; null where nobody said.</param>
public sealed record AlarmMessage(DeliveryKind Kind, IReadOnlyList<Alarm> Alarms, Uri? Link = null)
{
    private const int MostShown = 10;
    private const int MostLogLines = 12;

    /// <summary>The most urgent of them.</summary>
    public AlarmSeverity Severity => Alarms.Max(a => a.Severity);

    /// <summary>One line: how urgent, what happened to it, what it is about.</summary>
    public string Title
    {
        get
        {
            string mark = Kind switch
            {
                DeliveryKind.Resolved => "RESOLVED",
                DeliveryKind.Escalated => $"ESCALATED {Severity.ToString().ToUpperInvariant()}",
                _ => Severity.ToString().ToUpperInvariant(),
            };
            return Alarms.Count == 1 ? $"[{mark}] {Alarms[0].Summary}" : FormattableString.Invariant($"[{mark}] {Alarms.Count} alarms: {Alarms[0].Summary}");
        }
    }

    /// <summary>All of it as plain text.</summary>
    public string Text()
    {
        StringBuilder text = new();
        foreach (Alarm alarm in Alarms.Take(MostShown))
        {
            text.Append(alarm.Summary).Append('\n');
            foreach ((string name, string value) in Facts(alarm))
                text.Append("  ").Append(name).Append(": ").Append(value).Append('\n');
            if (Kind != DeliveryKind.Resolved && alarm.Evidence.Log is { } log)
                text.Append("  log:\n").AppendJoin('\n', LogLines(log).Select(l => "    " + l)).Append('\n');
            text.Append('\n');
        }
        if (Alarms.Count > MostShown)
            text.Append(FormattableString.Invariant($"… and {Alarms.Count - MostShown} more: mlp alarms list\n"));
        return text.ToString().TrimEnd('\n') + "\n";
    }

    /// <summary>What belongs to an alarm, by name, in the order in which it is shown.</summary>
    public IEnumerable<(string Name, string Value)> Facts(Alarm alarm)
    {
        if (alarm.Pipeline.Length > 0)
            yield return ("pipeline", alarm.Pipeline);
        if (alarm.Subject is { } subject)
            yield return ("about", subject);
        if (alarm.Owner is { } owner)
            yield return ("owner", owner);
        if (alarm.Run is { } run)
            yield return ("run", run.ToString());
        yield return ("at", BreachList.Words(alarm.At));
        if (alarm.State is AlarmState.Resolved over)
            yield return ("resolved", $"{BreachList.Words(over.At)}: {over.Because}");
        else if (alarm.Evidence.Metrics.Count > 0)
            yield return ("metrics", string.Join(", ", alarm.Evidence.Metrics.Take(8).Select(m => $"{m.Key}={BreachList.Words(m.Value)}")));
        yield return ("alarm", Link is null ? alarm.Id : new Uri(Link, $"api/v1/alarms/{alarm.Id}").ToString());
    }

    /// <summary>The lines of a log with their numbers.</summary>
    public static IEnumerable<string> LogLines(LogExcerpt log) =>
        log.Lines.Take(MostLogLines).Select((line, i) => FormattableString.Invariant($"{log.FirstLine + i}: {line}"));
}

/// <summary>Text as chat services show it.</summary>
internal static class ChatText
{
    /// <summary>
    /// The message in the Markdown that DingTalk, Feishu and WeCom share. What came from elsewhere cannot mention people
    /// or leave its block: angle brackets and back ticks lose their meaning.
    /// </summary>
    public static string Markdown(AlarmMessage message, int mostBytes)
    {
        StringBuilder text = new();
        foreach (Alarm alarm in message.Alarms.Take(10))
        {
            StringBuilder part = new();
            part.Append("**").Append(Tame(alarm.Summary)).Append("**\n\n");
            foreach ((string name, string value) in message.Facts(alarm))
                part.Append("> ").Append(name).Append(": ").Append(Tame(value)).Append("\n\n");
            if (message.Kind != DeliveryKind.Resolved && alarm.Evidence.Log is { } log)
                foreach (string line in AlarmMessage.LogLines(log))
                    part.Append("> `").Append(Tame(line)).Append("`\n\n");
            if (Encoding.UTF8.GetByteCount(text.ToString()) + Encoding.UTF8.GetByteCount(part.ToString()) > mostBytes)
                break;
            text.Append(part);
        }
        return text.Length > 0 ? text.ToString().TrimEnd('\n') : Cut(Tame(message.Title), mostBytes);
    }

    public static string Tame(string text) => text.Replace('<', '‹').Replace('>', '›').Replace('`', '\'').Replace('*', '∗').ReplaceLineEndings(" ");

    /// <summary>The text in so many bytes of UTF-8, no character cut in two.</summary>
    public static string Cut(string text, int mostBytes)
    {
        if (Encoding.UTF8.GetByteCount(text) <= mostBytes)
            return text;
        StringBuilder kept = new();
        int bytes = 3;
        foreach (Rune rune in text.EnumerateRunes())
        {
            if ((bytes += rune.Utf8SequenceLength) > mostBytes)
                break;
            kept.Append(rune);
        }
        return kept.Append('…').ToString();
    }
}
