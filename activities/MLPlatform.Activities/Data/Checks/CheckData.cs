using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text.Json;
using MLPlatform.Activities.Tables;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;

namespace MLPlatform.Activities.Data.Checks;

/// <summary>
/// Judges a table by declared expectations and says what is in it. A broken blocking expectation fails the activity,
/// after the report was stored. The same table, reference and inputs give the same report.
/// </summary>
/// <remarks>Every figure is exact. Works out of core: what does not fit in the attempt's memory spills to its scratch folder.</remarks>
[Activity("data.check", Version = 1)]
[Description("Checks a table against expectations (schema, missing values, ranges, keys, references, freshness, volume, drift), each blocking or a warning, and profiles every column as a page.")]
public sealed partial class CheckData : IActivity<CheckData.Inputs, CheckData.Outputs>
{
    private static readonly JsonSerializerOptions Json = new(ActivityJson.Options) { WriteIndented = true };

    public sealed record Inputs
    {
        [Description("The table to check.")]
        public required ArtifactRef Table { get; init; }

        [Description("What is expected of it. Default: nothing; the table is only profiled.")]
        public IReadOnlyList<Expectation> Expectations { get; init; } = [];

        [Description("The table to compare with: an earlier version, say. Needed for drift, ratios of volume, and a schema without columns.")]
        public ArtifactRef? Reference { get; init; }

        [Description("The instant that freshness is measured from, ISO 8601, UTC where no offset is given; ${{ trigger.logicalDate }}, say. Needed for fresh.")]
        public string? AsOf { get; init; }

        [Description("Whether a broken blocking expectation fails the activity; if not, only the output passed says it. Default: true.")]
        public bool Fail { get; init; } = true;

        [MaxLength(200)]
        [Description("The report's title. Default: the pipeline's name.")]
        public string? Title { get; init; }
    }

    /// <param name="Table">The table that was checked: who refers to it here runs after the check.</param>
    /// <param name="Passed">Whether every blocking expectation holds.</param>
    /// <param name="Rows">Rows of the table.</param>
    /// <param name="Broken">Names of the broken blocking expectations.</param>
    /// <param name="Warnings">Names of the broken expectations that are warnings.</param>
    /// <param name="Report">A page (index.html), and the same as result.json and profile.json.</param>
    public sealed record Outputs(
        ArtifactRef Table, bool Passed, long Rows, IReadOnlyList<string> Broken, IReadOnlyList<string> Warnings, ArtifactRef Report);

    public async Task<Outputs> RunAsync(Inputs inputs, ActivityContext context, CancellationToken cancel)
    {
        DateTimeOffset? asOf = AsOf(inputs.AsOf);
        try
        {
            using DuckSession session = DuckSession.Open(context);
            await AttachAsync(session, inputs, cancel);
            session.Seal();
            (IReadOnlyList<CheckOutcome> outcomes, TableProfile profile) = await Task.Run(() => Check(session, inputs, asOf, context, cancel), cancel);
            ArtifactRef report = await ReportAsync(inputs, outcomes, profile, context, cancel);
            return Conclude(inputs, outcomes, profile.Rows, report, context);
        }
        catch (Exception problem) when (DataErrors.Describe(problem) is { } described)
        {
            throw described;
        }
    }

    private static async Task AttachAsync(DuckSession session, Inputs inputs, CancellationToken cancel)
    {
        await session.AttachAsync(CheckSubject.Table, inputs.Table, cancel);
        if (inputs.Reference is { } reference)
            await session.AttachAsync(CheckSubject.Reference, reference, cancel);
        for (int i = 0; i < inputs.Expectations.Count; i++)
        {
            if (inputs.Expectations[i].References is { } rule)
                await session.AttachAsync(ExpectationRunner.OtherTable(i), rule.Table, cancel);
        }
    }

    private static (IReadOnlyList<CheckOutcome>, TableProfile) Check(DuckSession session, Inputs inputs, DateTimeOffset? asOf, ActivityContext context, CancellationToken cancel)
    {
        CheckSubject subject = new(session, inputs.Reference is not null, asOf, new ValueStream(session, cancel), cancel);
        IReadOnlyList<CheckOutcome> outcomes = ExpectationRunner.Run(inputs.Expectations, subject);
        foreach (CheckOutcome outcome in outcomes)
            context.Log($"{(outcome.Passed ? "holds " : outcome.Severity == Severity.Blocking ? "BROKEN" : "warns ")} {outcome.Name}: {outcome.Message}");
        context.Progress(0.3, "expectations judged");
        TableProfile profile = new TableProfiler(session, CheckSubject.Table, subject.Values, cancel).Profile((done, column) => context.Progress(0.3 + 0.65 * done, $"profile of {column}"));
        return (outcomes, profile);
    }

    private static async Task<ArtifactRef> ReportAsync(
        Inputs inputs, IReadOnlyList<CheckOutcome> outcomes, TableProfile profile, ActivityContext context, CancellationToken cancel)
    {
        string folder = Directory.CreateDirectory(Path.Combine(context.ScratchFolder, "report")).FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "result.json"), JsonSerializer.Serialize(new { rows = profile.Rows, expectations = outcomes }, Json) + "\n", cancel);
        await File.WriteAllTextAsync(Path.Combine(folder, "profile.json"), JsonSerializer.Serialize(profile, Json) + "\n", cancel);
        await File.WriteAllTextAsync(Path.Combine(folder, "index.html"), CheckPage.Render(inputs.Title ?? context.Pipeline, outcomes, profile), cancel);
        return await context.Artifacts.PutFolderAsync(folder, "report", cancel);
    }

    private static Outputs Conclude(Inputs inputs, IReadOnlyList<CheckOutcome> outcomes, long rows, ArtifactRef report, ActivityContext context)
    {
        List<CheckOutcome> broken = [.. outcomes.Where(o => !o.Passed && o.Severity == Severity.Blocking)];
        List<string> warnings = [.. outcomes.Where(o => !o.Passed && o.Severity == Severity.Warning).Select(o => o.Name)];
        context.Report("rows", rows);
        context.Report("broken", broken.Count);
        context.Report("warnings", warnings.Count);
        // What alarms on drift look at.
        foreach ((string figure, double value) in outcomes.SelectMany(o => o.Figures).Where(f => f.Key.StartsWith("psi.", StringComparison.Ordinal)).DistinctBy(f => f.Key))
            context.Report(figure, value);
        context.Log($"The report is the artifact {report.Hash}: its page is /api/v1/artifacts/{report.Hash}/files/index.html");
        if (broken.Count > 0 && inputs.Fail)
            throw DataErrors.Bad("DATA-100", $"The table breaks {broken.Count} of {outcomes.Count} expectations. {string.Join(" ", broken.Take(5).Select(Told))}"
                + (broken.Count > 5 ? $" And {broken.Count - 5} more." : "") + $" The report is the artifact {report.Hash}.");
        return new Outputs(inputs.Table, broken.Count == 0, rows, [.. broken.Select(b => b.Name)], warnings, report);
    }

    /// <summary>The report that the failure of a check names; null where it names none.</summary>
    public static string? ReportOf(string failure) => NamedReport.Match(failure) is { Success: true } named ? named.Groups[1].Value : null;

    [System.Text.RegularExpressions.GeneratedRegex("The report is the artifact (sha256:[0-9a-f]{64})")]
    private static partial System.Text.RegularExpressions.Regex NamedReport { get; }

    private static string Told(CheckOutcome outcome) => $"{outcome.Name}: {outcome.Message}"
        + (outcome.Examples.Count == 0 ? "" : $" For example {string.Join(", ", outcome.Examples.Take(2).Select(e => e.GetRawText()))}.");

    private static DateTimeOffset? AsOf(string? text)
    {
        if (text is null)
            return null;
        return Bees.ValueParser.TryIso(System.Text.Encoding.UTF8.GetBytes(text), out long micros)
            ? new DateTimeOffset(DateTime.UnixEpoch.AddMicroseconds(micros))
            : throw DataErrors.Bad("DATA-103", string.Create(CultureInfo.InvariantCulture, $"asOf is '{text}', which is no ISO 8601 instant such as 2011-06-01T12:00:00Z."));
    }
}
