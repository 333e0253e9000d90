using Microsoft.Extensions.Hosting;
using MLPlatform.Storage.Artifacts;
using MLPlatform.Storage.Experiments;
using MLPlatform.Storage.Sql;

namespace MLPlatform.Storage;

/// <summary>Opens the database and brings its schema up to date before anything else of the host starts.</summary>
public sealed class PlatformStorage : IHostedLifecycleService
{
    private static readonly TimeSpan AbandonedAfter = TimeSpan.FromDays(1);
    private readonly Database _database;
    private readonly LocalArtifactStore _artifacts;
    private readonly TimeProvider _time;
    private Task? _opened;

    internal PlatformStorage(Database database, LocalArtifactStore artifacts, TimeProvider time) =>
        (_database, _artifacts, _time) = (database, artifacts, time);

    /// <summary>Opens and migrates; done once, however often it is called. Only where no host calls it.</summary>
    public Task OpenAsync(CancellationToken cancel) => _opened ??= OpenOnceAsync(cancel);

    public Task StartingAsync(CancellationToken cancellationToken) => OpenAsync(cancellationToken);

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task OpenOnceAsync(CancellationToken cancel)
    {
        await _database.MigrateAsync(cancel);
        await ExperimentStore.EnsureDefaultAsync(_database, _time, cancel);
        _artifacts.RemoveAbandoned(_time.GetUtcNow() - AbandonedAfter);
    }
}
