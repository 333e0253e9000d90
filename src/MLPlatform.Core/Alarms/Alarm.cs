using System.Security.Cryptography;
using System.Text;
using MLPlatform.Core.Runs;

namespace MLPlatform.Core.Alarms;

/// <summary>One breach of one rule, and all that a person who is woken wants to know.</summary>
public sealed record Alarm
{
    /// <summary>The hash of its key, see <see cref="IdOf"/>: the same breach is the same alarm for ever.</summary>
    public required string Id { get; init; }

    /// <summary>The rule's key: <c>pipeline#name</c> or <c>pipeline/activity#name</c>.</summary>
    public required string Rule { get; init; }
    public required AlarmEvent Event { get; init; }
    public required AlarmSeverity Severity { get; init; }

    /// <summary>Empty for what belongs to no pipeline.</summary>
    public required string Pipeline { get; init; }

    /// <summary>The activity, dataset or agent that it is about.</summary>
    public string? Subject { get; init; }
    public string? Owner { get; init; }

    /// <summary>The attempt or the run that it is about.</summary>
    public RunId? Run { get; init; }
    public int? Node { get; init; }

    /// <summary>One line for people.</summary>
    public required string Summary { get; init; }

    /// <summary>When what it is about happened.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>When the platform noticed.</summary>
    public required DateTimeOffset OpenedAt { get; init; }
    public required IReadOnlyList<string> To { get; init; }
    public AlarmEscalation? Escalate { get; init; }
    public AlarmEvidence Evidence { get; init; } = AlarmEvidence.None;
    public required AlarmState State { get; init; }

    /// <summary>32 hexadecimal digits over rule, event and breach.</summary>
    /// <param name="breach">What was breached: a run and its end, a scheduled instant, a dataset's version, a heartbeat.</param>
    public static string IdOf(string rule, string breach) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{rule}\n{breach}")).AsSpan(0, 16));
}

/// <summary>What was seen when an alarm was opened.</summary>
/// <param name="Log">The first lines of the log that tell of an error.</param>
/// <param name="Metrics">The last values of the metrics around it.</param>
public sealed record AlarmEvidence(LogExcerpt? Log, IReadOnlyDictionary<string, double> Metrics)
{
    public static AlarmEvidence None { get; } = new(null, new Dictionary<string, double>());
}

/// <summary>Lines of an attempt's log with their place in it.</summary>
/// <param name="Attempt">The attempt's id.</param>
/// <param name="FirstLine">The number of the first of them in the log as <c>mlp runs logs</c> shows it, from 1.</param>
/// <param name="Line">The number of the line that says what is wrong.</param>
public sealed record LogExcerpt(string Attempt, long FirstLine, long Line, IReadOnlyList<string> Lines);
