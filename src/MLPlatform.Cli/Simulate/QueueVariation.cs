using System.CommandLine;
using System.Globalization;
using MLPlatform.Core.Scheduling.Simulation;

namespace MLPlatform.Cli.Simulate;

/// <summary>The same trace a little different: a policy that is good on one trace alone is not good.</summary>
internal sealed class QueueVariation
{
    private readonly Option<string?> _part = new("--part") { Description = "Only one of N parts of the time, from 1, such as 1/2.", HelpName = "I/N" };
    private readonly Option<double> _shift = new("--shift") { Description = "Each job comes up to so many seconds later, drawn at random.", HelpName = "SECONDS" };
    private readonly Option<double> _overstate = new("--overstate") { Description = "Declared run times are drawn from 1 to so many times the real ones. Default: as in the trace.", HelpName = "TIMES", DefaultValueFactory = _ => 1 };
    private readonly Option<bool> _scores = new("--scores") { Description = "Draw the scores of the owners, from 0 to 100, and tell what the best and the worst tenth wait." };
    private readonly Option<int> _seed = new("--seed") { Description = "What is drawn follows from it.", HelpName = "N", DefaultValueFactory = _ => 1 };

    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[_part, _shift, _overstate, _scores, _seed])
            command.Options.Add(option);
    }

    public IReadOnlyList<QueueJob> Of(ParseResult parsed, IReadOnlyList<QueueJob> jobs)
    {
        Random random = new(parsed.GetValue(_seed));
        double shift = parsed.GetValue(_shift), overstate = parsed.GetValue(_overstate);
        if (shift < 0 || overstate < 1 || !double.IsFinite(shift) || !double.IsFinite(overstate))
            throw CliException.Usage("SIM-004", "--shift is a number from 0, and --overstate one from 1.");
        IEnumerable<QueueJob> varied = Part(parsed.GetValue(_part), jobs);
        if (shift > 0)
            varied = varied.Select(j => j with { Submitted = j.Submitted + (shift * random.NextDouble()) });
        if (overstate > 1)
            varied = varied.Select(j => j with { Declared = j.Seconds * (1 + ((overstate - 1) * random.NextDouble())) });
        if (parsed.GetValue(_scores))
            varied = varied.Select(j => j with { Standing = 100 * random.NextDouble() });
        return [.. varied];
    }

    private static IReadOnlyList<QueueJob> Part(string? part, IReadOnlyList<QueueJob> jobs)
    {
        if (part is null || jobs.Count == 0)
            return jobs;
        string[] numbers = part.Split('/');
        if (numbers.Length != 2 || !int.TryParse(numbers[0], NumberStyles.None, CultureInfo.InvariantCulture, out int which)
            || !int.TryParse(numbers[1], NumberStyles.None, CultureInfo.InvariantCulture, out int of) || which < 1 || which > of)
            throw CliException.Usage("SIM-004", $"--part is '{Print.Harmless(part)}' and not a part such as 1/2.");
        double length = jobs.Max(j => j.Submitted) / of;
        return [.. jobs.Where(j => Math.Min((int)(j.Submitted / length), of - 1) == which - 1)];
    }
}
