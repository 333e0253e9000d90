using System.Text.Json;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Workspaces;
using Xunit;

namespace MLPlatform.IntegrationTests.Storage;

/// <summary>What the store of workspaces promises, on both databases.</summary>
public abstract class WorkspaceConformance(Stores stores)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_workspace_comes_back_as_it_was()
    {
        Workspace made = New();
        Assert.True(await stores.Workspaces.AddAsync(made, Cancel));
        Assert.Equal(JsonSerializer.Serialize(made), JsonSerializer.Serialize(await stores.Workspaces.FindAsync(made.Id, Cancel)));
        Assert.Null(await stores.Workspaces.FindAsync(new WorkspaceId(Guid.NewGuid()), Cancel));
        Assert.Equal([made.Id], (await stores.Workspaces.ListAsync(made.Owner, Cancel)).Select(w => w.Id));
    }

    [Fact]
    public async Task A_name_is_given_once_to_a_person()
    {
        Workspace made = New();
        Assert.True(await stores.Workspaces.AddAsync(made, Cancel));
        Assert.False(await stores.Workspaces.AddAsync(New() with { Owner = made.Owner }, Cancel));
        Assert.True(await stores.Workspaces.AddAsync(New(), Cancel));
    }

    [Fact]
    public async Task Every_state_comes_back_and_only_live_ones_are_listed_as_live()
    {
        Workspace made = New();
        await stores.Workspaces.AddAsync(made, Cancel);
        DateTimeOffset at = stores.Time.GetUtcNow();
        RunId run = made.State.Run;
        foreach (WorkspaceState state in (WorkspaceState[])[new WorkspaceState.Ready(run, at, at, "a cell runs"), new WorkspaceState.Warned(run, at, at, "x", at.AddHours(1)),
            new WorkspaceState.Closing(run, SessionEnd.Idle, "idle", at), new WorkspaceState.Stopped(run, SessionEnd.Idle, "idle", at), new WorkspaceState.Starting(run, at)])
        {
            Workspace seen = (await stores.Workspaces.FindAsync(made.Id, Cancel))!;
            Assert.True(await stores.Workspaces.CommitAsync(seen, state, [new OpenDocument("a/b.ipynb", "notebook", "python3")], Cancel));
            Workspace now = (await stores.Workspaces.FindAsync(made.Id, Cancel))!;
            Assert.Equal(state, now.State);
            Assert.Equal([new OpenDocument("a/b.ipynb", "notebook", "python3")], now.Documents);
            Assert.Equal(state.IsLive, (await stores.Workspaces.ListLiveAsync(Cancel)).Any(w => w.Id == made.Id));
        }
    }

    [Fact]
    public async Task Of_many_decisions_about_one_picture_one_is_kept()
    {
        Workspace made = New();
        await stores.Workspaces.AddAsync(made, Cancel);
        bool[] kept = await Task.WhenAll(Enumerable.Range(0, 10).Select(i => Task.Run(() =>
            stores.Workspaces.CommitAsync(made, new WorkspaceState.Closing(made.State.Run, SessionEnd.Requested, $"by {i}", made.CreatedAt), [], Cancel))));
        Assert.Equal(1, kept.Count(k => k));
        Assert.False(await stores.Workspaces.RemoveAsync(made, Cancel));
        Assert.True(await stores.Workspaces.RemoveAsync((await stores.Workspaces.FindAsync(made.Id, Cancel))!, Cancel));
        Assert.Null(await stores.Workspaces.FindAsync(made.Id, Cancel));
    }

    private Workspace New()
    {
        DateTimeOffset at = stores.Time.GetUtcNow();
        return new Workspace(
            new WorkspaceId(Guid.CreateVersion7(at)), "explore", $"ann-{Guid.NewGuid():N}", "reco",
            new WorkspaceSettings { Cpu = "2", Memory = "4Gi", Gpu = "500m", Pool = "development", IdleLimit = TimeSpan.FromMinutes(30), Requirements = ["polars==1.0"] },
            at, [], 0, new WorkspaceState.Starting(new RunId(Guid.CreateVersion7(at)), at));
    }
}

public sealed class SqliteWorkspaceTests(SqliteStores stores) : WorkspaceConformance(stores), IClassFixture<SqliteStores>;

public sealed class PostgresWorkspaceTests(PostgresStores stores) : WorkspaceConformance(stores), IClassFixture<PostgresStores>;
