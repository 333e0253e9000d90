using System.Diagnostics;
using Microsoft.Extensions.Options;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Registry;
using MLPlatform.Core.Runs;
using MLPlatform.Storage;
using MLPlatform.Vlps;
using MLPlatform.Vlps.Models;

namespace MLPlatform.Server.Deployments;

/// <summary>Models in memory, each once, for as long as somebody uses it.</summary>
internal sealed partial class ModelShelf(IArtifactStore artifacts, IOptions<StorageOptions> storage, ILogger<ModelShelf> log)
{
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();

    /// <summary>A version's model, loaded if it is not there; dispose what is returned when done with it.</summary>
    /// <exception cref="ActivityException">SERVE-003: it cannot be loaded.</exception>
    public async Task<ShelvedModel> TakeAsync(ModelVersion version, CancellationToken cancel)
    {
        string hash = version.Artifact.Hash;
        Entry? entry;
        lock (_gate)
        {
            if (!_entries.TryGetValue(hash, out entry))
                _entries[hash] = entry = new Entry(hash, Task.Run(() => LoadAsync(version), CancellationToken.None));
            entry.Uses++;
        }
        try
        {
            return new ShelvedModel(await entry.Loading.WaitAsync(cancel), () => Return(entry));
        }
        catch
        {
            Return(entry);
            throw;
        }
    }

    private void Return(Entry entry)
    {
        lock (_gate)
        {
            if (--entry.Uses > 0)
                return;
            _entries.Remove(entry.Hash);
        }
        // A load that nobody waits for any more still ends, and its memory goes with it.
        _ = entry.Loading.ContinueWith(static loaded => loaded.Result.Dispose(), CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
    }

    private async Task<ModelFolder> LoadAsync(ModelVersion version)
    {
        string folder = Path.Combine(storage.Value.Home, "serving", Guid.NewGuid().ToString("N"));
        try
        {
            if (await artifacts.FindAsync(version.Artifact.Hash, CancellationToken.None) is null)
                throw Unfit(version, $"its artifact {version.Artifact.Hash} is not in the artifact store", null);
            await artifacts.LayOutAsync(version.Artifact.Hash, folder, CancellationToken.None);
            return Load(version, folder);
        }
        catch (Exception e) when (e is VlpsException or IOException or UnauthorizedAccessException or OutOfMemoryException)
        {
            throw Unfit(version, e.Message, e);
        }
        finally
        {
            if (Directory.Exists(folder))
                Directory.Delete(folder, recursive: true);
        }
    }

    // A model that goes on from one that is in memory takes that one's place at the cost of what changed.
    private ModelFolder Load(ModelVersion version, string folder)
    {
        ModelDescription description = ModelFolder.Describe(folder);
        description.RequireAnswers();
        if (Borrow(description) is not { } before)
            return ModelFolder.Load(folder);
        try
        {
            long start = Stopwatch.GetTimestamp();
            ModelFolder model = ModelFolder.Load(folder, before.Loading.Result);
            LogFollowed(log, version.Version, version.Model, description.Network!.Delta!.Files.Sum(f => f.Rows), Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            return model;
        }
        catch (VlpsException e)
        {
            LogNotFollowed(log, version.Version, version.Model, e.Message);
            return ModelFolder.Load(folder);
        }
        finally
        {
            Return(before);
        }
    }

    private Entry? Borrow(ModelDescription next)
    {
        lock (_gate)
        {
            Entry? found = _entries.Values.FirstOrDefault(e => e.Loading.IsCompletedSuccessfully && e.Loading.Result.LeadsTo(next));
            if (found is not null)
                found.Uses++;
            return found;
        }
    }

    [LoggerMessage(7005, LogLevel.Information, "Version {Version} of the model {Model} goes on from one that is served: {Rows} changed rows were applied in {Milliseconds:F0} ms")]
    private static partial void LogFollowed(ILogger log, int version, string model, long rows, double milliseconds);

    [LoggerMessage(7006, LogLevel.Warning, "The changes of version {Version} of the model {Model} could not be applied, and all of it is loaded: {Why}")]
    private static partial void LogNotFollowed(ILogger log, int version, string model, string why);

    private static ActivityException Unfit(ModelVersion version, string why, Exception? inner) =>
        new("SERVE-003", $"Version {version.Version} of the model '{version.Model}' cannot be served: {why}.", FailureKind.Infrastructure, inner);

    private sealed class Entry(string hash, Task<ModelFolder> loading)
    {
        public string Hash => hash;
        public Task<ModelFolder> Loading => loading;
        public int Uses { get; set; }
    }
}

/// <summary>A right to use a model.</summary>
internal sealed class ShelvedModel(ModelFolder model, Action giveBack) : IDisposable
{
    private int _returned;

    public ModelFolder Model => model;

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _returned, 1) == 0)
            giveBack();
    }
}
