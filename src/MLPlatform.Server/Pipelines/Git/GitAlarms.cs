using MLPlatform.Core.Alarms;
using MLPlatform.Core.Pipelines;
using MLPlatform.Core.Pipelines.Git;
using MLPlatform.Engine.Alarms;
using MLPlatform.Server.Describe;
using MLPlatform.Storage.Pipelines;

namespace MLPlatform.Server.Pipelines.Git;

/// <summary>An alarm for each file of the repository that cannot be registered, until a commit mends or deletes it.</summary>
internal sealed class GitAlarms(PipelineRepository repository, IGitSyncStore store, IAlarmStore alarms, AlarmDeliveryBell bell, TimeProvider time)
{
    private const string Rule = "git#files";
    private static readonly TimeSpan GroupWait = TimeSpan.FromSeconds(10);

    public async Task TellAsync(CancellationToken cancel)
    {
        // 1. See.
        DateTimeOffset now = time.GetUtcNow();
        Dictionary<string, Alarm> broken = (await store.ListFilesAsync(repository.Source, cancel)).Where(f => f is { Removed: false, ProblemsJson: not null })
            .Select(f => AlarmOf(f, now)).ToDictionary(a => a.Id);
        List<Alarm> standing = [.. (await alarms.ListStandingAsync(cancel)).Where(a => a.Event == AlarmEvent.NotRegistered)];

        // 2. Decide.
        IReadOnlySet<string> known = await alarms.ListKnownAsync([.. broken.Keys], cancel);
        AlarmCommit commit = new(
            [.. broken.Values.Where(a => !known.Contains(a.Id))],
            [.. standing.Where(a => !broken.ContainsKey(a.Id)).Select(a => new AlarmEnding(a, broken.Values.Any(b => b.Subject == a.Subject) ? "a newer commit is broken, too" : "a commit mended it"))],
            [], now, now + GroupWait, await alarms.FindWatermarkAsync(cancel) ?? now);

        // 3. Commit.
        if (commit.ChangesNothing)
            return;
        await alarms.CommitAsync(commit, cancel);
        bell.Ring();
    }

    private Alarm AlarmOf(GitFile file, DateTimeOffset now)
    {
        IReadOnlyList<Diagnostic> problems = GitViews.ProblemsOf(file)!;
        Diagnostic first = problems.FirstOrDefault(p => p.Severity == DiagnosticSeverity.Error) ?? problems[0];
        string more = problems.Count > 1 ? $" and {problems.Count - 1} more" : "";
        string kept = file.Revision is { } revision ? $"revision {revision} of {file.Pipeline} stays" : "it was never registered";
        return new Alarm
        {
            Id = Alarm.IdOf(Rule, $"{repository.Source} {file.Path} {file.Commit.Id}"),
            Rule = Rule,
            Event = AlarmEvent.NotRegistered,
            Severity = AlarmSeverity.Warning,
            Pipeline = file.Pipeline ?? "",
            Subject = file.Path,
            Owner = file.Commit.Author,
            Summary = $"GIT-010 {file.Path}:{first.Line} of commit {file.Commit.Id[..8]} by {file.Commit.Author} is not registered, {kept}: {first.Code} {first.Message}{more}",
            At = file.Commit.At,
            OpenedAt = now,
            To = [.. repository.Options.AlarmTo],
            State = new AlarmState.Firing(),
        };
    }
}
