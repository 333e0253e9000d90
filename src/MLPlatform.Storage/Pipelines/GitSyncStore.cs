using MLPlatform.Core.Pipelines;
using MLPlatform.Core.Pipelines.Git;
using MLPlatform.Storage.Sql;

namespace MLPlatform.Storage.Pipelines;

/// <summary>A commit of the repository is one transaction, and its first line has the source's row for itself: replicas follow one after the other.</summary>
internal sealed class GitSyncStore(Database database, TimeProvider time) : IGitSyncStore
{
    private const string Files =
        "SELECT path, commit_id, author, email, message, committed_at, pipeline, revision, problems_json, removed FROM git_files WHERE source = $1";

    public Task<GitState?> FindStateAsync(string source, CancellationToken cancel) => database.FirstAsync(
        "SELECT source, head, looked_at, problem FROM git_states WHERE source = $1", [source],
        row => new GitState(row.Text(0), row.TextOrNull(1), row.Time(2), row.TextOrNull(3)), cancel);

    public async Task<IReadOnlyList<GitFile>> ListFilesAsync(string source, CancellationToken cancel) =>
        [.. (await database.ListAsync(Files, [source], ToFile, cancel)).OrderBy(f => f.Path, StringComparer.Ordinal)];

    public Task<bool> CommitAsync(GitStep step, CancellationToken cancel) => database.WriteAsync(async session =>
    {
        // 1. The next step from where we stood, or none.
        int moved = step.From is null
            ? await session.ExecuteAsync(
                "INSERT INTO git_states (source, head, looked_at, problem) VALUES ($1, $2, $3, NULL) "
                + "ON CONFLICT (source) DO UPDATE SET head = $2, looked_at = $3, problem = NULL WHERE git_states.head IS NULL",
                [step.Source, step.To, time.GetUtcNow()], cancel)
            : await session.ExecuteAsync(
                "UPDATE git_states SET head = $2, looked_at = $3, problem = NULL WHERE source = $1 AND head = $4",
                [step.Source, step.To, time.GetUtcNow(), step.From], cancel);
        if (moved == 0)
            return false;
        // 2. What it does to each file. Deletions come last: a file that was renamed holds its pipeline still.
        foreach (GitAction action in step.Actions.OrderBy(a => a is GitAction.Remove))
            await DoAsync(session, step.Source, action, cancel);
        return true;
    }, cancel);

    public Task LookedAsync(string source, string? problem, CancellationToken cancel) => database.ExecuteAsync(
        "INSERT INTO git_states (source, looked_at, problem) VALUES ($1, $2, $3) ON CONFLICT (source) DO UPDATE SET looked_at = $2, problem = $3",
        [source, time.GetUtcNow(), problem], cancel);

    public async Task<IReadOnlyDictionary<int, GitCommit>> ListCommitsAsync(string pipeline, CancellationToken cancel) =>
        (await database.ListAsync("SELECT revision, commit_id, author, email, message, committed_at FROM pipeline_commits WHERE pipeline = $1", [pipeline],
            row => (Revision: row.Int(0), Commit: new GitCommit(row.Text(1), row.Text(2), row.Text(3), row.Text(4), row.Time(5))), cancel))
        .ToDictionary(r => r.Revision, r => r.Commit);

    public async Task<string?> FindLayoutAsync(string pipeline, CancellationToken cancel) =>
        await database.FirstAsync("SELECT layout_json FROM pipeline_layouts WHERE pipeline = $1", [pipeline], row => row.Text(0), cancel);

    public Task SetLayoutAsync(string pipeline, string layout, string by, CancellationToken cancel) =>
        database.WriteAsync(session => LayOutAsync(session, pipeline, layout, by, cancel), cancel);

    private async Task DoAsync(SqlSession session, string source, GitAction action, CancellationToken cancel)
    {
        GitFile? before = await session.FirstAsync(Files + " AND path = $2", [source, action.Path], ToFile, cancel);
        GitFile now = new(action.Path, action.Commit, before?.Pipeline, before?.Revision, null, Removed: false);
        switch (action)
        {
            case GitAction.Register r:
                PipelineRevision revision = await PipelineStore.ApplyInTransactionAsync(
                    session, new PipelineRevision(r.Pipeline, 0, r.Hash, r.Text, null, r.Commit.Author, time.GetUtcNow(), false), cancel);
                await session.ExecuteAsync(
                    "INSERT INTO pipeline_commits (pipeline, revision, commit_id, author, email, message, committed_at) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (pipeline, revision) DO NOTHING",
                    [r.Pipeline, revision.Revision, r.Commit.Id, r.Commit.Author, r.Commit.Email, r.Commit.Message, r.Commit.At], cancel);
                if (r.Layout is not null)
                    await LayOutAsync(session, r.Pipeline, r.Layout, r.Commit.Author, cancel);
                await WriteAsync(session, source, now with { Pipeline = r.Pipeline, Revision = revision.Revision }, cancel);
                // The file was given another id: what it was before has no file any more.
                if (before?.Pipeline is { } old && old != r.Pipeline)
                    await TakeOutAsync(session, source, old, r.Commit, cancel);
                break;
            case GitAction.Keep k:
                await WriteAsync(session, source, now with { ProblemsJson = k.ProblemsJson }, cancel);
                break;
            case GitAction.Remove r:
                await WriteAsync(session, source, now with { Removed = true }, cancel);
                if (before?.Pipeline is { } gone)
                    await TakeOutAsync(session, source, gone, r.Commit, cancel);
                break;
            case GitAction.Move m:
                if (before?.Pipeline is { } laidOut && m.Layout is not null)
                    await LayOutAsync(session, laidOut, m.Layout, m.Commit.Author, cancel);
                break;
            default:
                throw new InvalidOperationException($"{action} is not a known action");
        }
    }

    private async Task TakeOutAsync(SqlSession session, string source, string pipeline, GitCommit commit, CancellationToken cancel)
    {
        long held = await session.ScalarAsync<long>("SELECT count(*) FROM git_files WHERE source = $1 AND pipeline = $2 AND removed = $3", [source, pipeline, false], cancel);
        if (held == 0)
            await session.ExecuteAsync("UPDATE pipelines SET removed_at = $2, removed_by = $3, paused = $4 WHERE name = $1 AND removed_at IS NULL",
                [pipeline, time.GetUtcNow(), commit.Author, false], cancel);
    }

    private static Task<int> WriteAsync(SqlSession session, string source, GitFile f, CancellationToken cancel) => session.ExecuteAsync(
        "INSERT INTO git_files (source, path, commit_id, author, email, message, committed_at, pipeline, revision, problems_json, removed) "
        + "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (source, path) DO UPDATE SET "
        + "commit_id = $3, author = $4, email = $5, message = $6, committed_at = $7, pipeline = $8, revision = $9, problems_json = $10, removed = $11",
        [source, f.Path, f.Commit.Id, f.Commit.Author, f.Commit.Email, f.Commit.Message, f.Commit.At, f.Pipeline, f.Revision, f.ProblemsJson, f.Removed], cancel);

    private Task<int> LayOutAsync(SqlSession session, string pipeline, string layout, string by, CancellationToken cancel) => session.ExecuteAsync(
        "INSERT INTO pipeline_layouts (pipeline, layout_json, changed_by, changed_at) VALUES ($1, $2, $3, $4) "
        + "ON CONFLICT (pipeline) DO UPDATE SET layout_json = $2, changed_by = $3, changed_at = $4", [pipeline, layout, by, time.GetUtcNow()], cancel);

    private static GitFile ToFile(SqlRow row) => new(
        row.Text(0), new GitCommit(row.Text(1), row.Text(2), row.Text(3), row.Text(4), row.Time(5)),
        row.TextOrNull(6), row.IntOrNull(7), row.TextOrNull(8), row.Bool(9));
}
