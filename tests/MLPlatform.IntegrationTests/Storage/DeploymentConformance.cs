using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Deployments;
using MLPlatform.Core.Registry;
using MLPlatform.Core.Runs;
using Xunit;

namespace MLPlatform.IntegrationTests.Storage;

/// <summary>What every database promises of deployments.</summary>
public abstract class DeploymentConformance(Stores stores)
{
    private readonly string _name = "d" + Guid.NewGuid();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_deployment_is_read_back_and_its_champion_is_the_registrys()
    {
        await RegisterAsync(2);
        DeploymentSpec spec = new()
        {
            Model = _name,
            Champion = 2,
            Previous = 1,
            Candidates = [new(1, ServingRole.Shadow, 12.5)],
            Settings = new ServingSettings { KeyColumn = "user", ItemColumn = "app", KeepRows = true },
        };
        Deployment made = (await stores.Deployments.CommitAsync(new DeploymentCommit(_name, 0, spec, "deploy", "ann", "first"), Cancel))!;
        Deployment read = (await stores.Deployments.FindAsync(_name, Cancel))!;
        Assert.Equal((_name, 1, "ann", stores.Time.GetUtcNow()), (read.Name, read.Revision, read.ChangedBy, read.ChangedAt));
        Assert.Equal(spec.Candidates, read.Spec.Candidates);
        Assert.Equal(spec, read.Spec with { Candidates = spec.Candidates });
        Assert.Equal(made.Revision, read.Revision);
        Assert.Contains(await stores.Deployments.ListAsync(Cancel), d => d.Name == _name);
        Assert.Equal(2, (await stores.Registry.FindByAliasAsync(_name, "champion", Cancel))!.Version);
        Assert.Null(await stores.Deployments.FindAsync("none", Cancel));
    }

    [Fact]
    public async Task A_change_based_on_an_old_revision_changes_nothing()
    {
        await RegisterAsync(3);
        Assert.NotNull(await CommitAsync(0, 1));
        Assert.Null(await CommitAsync(0, 2));
        Assert.NotNull(await CommitAsync(1, 2));
        Assert.Null(await CommitAsync(1, 3));
        Assert.Equal((2, 2), ((await stores.Deployments.FindAsync(_name, Cancel)) is { } d ? (d.Revision, d.Spec.Champion) : default));
        Assert.Equal(2, (await stores.Registry.FindByAliasAsync(_name, "champion", Cancel))!.Version);
        Assert.Equal([2, 1], (await stores.Deployments.ListHistoryAsync(_name, null, 10, Cancel)).Select(h => h.Revision));
    }

    [Fact]
    public async Task Many_changes_at_once_are_all_carried_out_one_after_the_other()
    {
        await RegisterAsync(9);
        await CommitAsync(0, 1);
        DeploymentDesk desk = new(stores.Deployments, stores.Registry);
        ChangeOutcome[] outcomes = await Task.WhenAll(Enumerable.Range(2, 8).Select(v => Task.Run(() =>
            desk.ChangeAsync(new ChangeRequest(_name, new DeploymentChange.Deploy(_name, v, ServingRole.Shadow), "ann"), Cancel))));
        Assert.All(outcomes, o => Assert.True(o is ChangeOutcome.Done { IsNew: true }, o.ToString()));
        Assert.Equal(Enumerable.Range(2, 8), (await stores.Deployments.FindAsync(_name, Cancel))!.Spec.Candidates.Select(c => c.Version));
        Assert.Equal(Enumerable.Range(1, 9).Reverse(), (await stores.Deployments.ListHistoryAsync(_name, null, 100, Cancel)).Select(h => h.Revision));
    }

    [Fact]
    public async Task An_attempt_that_asks_again_changes_nothing_even_after_somebody_went_back()
    {
        await RegisterAsync(2);
        await CommitAsync(0, 1);
        DeploymentDesk desk = new(stores.Deployments, stores.Registry);
        ChangeRequest request = new(_name, new DeploymentChange.Deploy(_name, 2), "run", Attempt: new AttemptId(Rows.NewRun(), 1, 1));
        await desk.ChangeAsync(request, Cancel);
        await desk.ChangeAsync(new ChangeRequest(_name, new DeploymentChange.RollBack(), "ann"), Cancel);
        Assert.IsType<ChangeOutcome.Done>(await desk.ChangeAsync(request, Cancel));
        Assert.Equal(1, (await stores.Deployments.FindAsync(_name, Cancel))!.Spec.Champion);
    }

    [Fact]
    public async Task The_history_tells_who_why_and_by_which_figures_and_outlives_the_deployment()
    {
        await RegisterAsync(2);
        await CommitAsync(0, 1);
        stores.Time.Advance(TimeSpan.FromMinutes(1));
        await stores.Deployments.CommitAsync(new DeploymentCommit(_name, 1, new DeploymentSpec { Model = _name, Champion = 2 }, "promote", "policy", "it is better", """{"auc":0.8}"""), Cancel);
        Assert.True(await stores.Deployments.DeleteAsync(_name, "bob", Cancel));
        Assert.False(await stores.Deployments.DeleteAsync(_name, "bob", Cancel));
        Assert.Null(await stores.Deployments.FindAsync(_name, Cancel));
        IReadOnlyList<DeploymentRevision> all = await stores.Deployments.ListHistoryAsync(_name, null, 10, Cancel);
        Assert.Equal([(3, "delete", "bob", null, null), (2, "promote", "policy", "it is better", """{"auc":0.8}"""), (1, "deploy", "ann", null, null)],
            all.Select(h => (h.Revision, h.Action, h.By, h.Reason, h.FiguresJson)));
        Assert.Equal([null, 2, 1], all.Select(h => h.Spec?.Champion));
        Assert.Equal([all[2]], await stores.Deployments.ListHistoryAsync(_name, all[1].Number, 10, Cancel), (a, b) => a.Number == b.Number);
        Assert.Equal(4, (await CommitAsync(0, 1))!.Revision); // A name that comes back goes on counting.
    }

    private Task<Deployment?> CommitAsync(int basedOn, int champion) =>
        stores.Deployments.CommitAsync(new DeploymentCommit(_name, basedOn, new DeploymentSpec { Model = _name, Champion = champion }, "deploy", "ann", null), Cancel);

    private async Task RegisterAsync(int versions)
    {
        for (int i = 0; i < versions; i++)
            await stores.Registry.RegisterAsync(new ModelRegistration(_name, new ArtifactRef($"sha256:{i}", "model", 1), new AttemptId(Rows.NewRun(), 1, 1), "{}", null), Cancel);
    }
}

public sealed class SqliteDeploymentTests(SqliteStores stores) : DeploymentConformance(stores), IClassFixture<SqliteStores>;

public sealed class PostgresDeploymentTests(PostgresStores stores) : DeploymentConformance(stores), IClassFixture<PostgresStores>;
