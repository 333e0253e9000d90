using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Win32.SafeHandles;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Bees;
using MLPlatform.Core.Runs;

namespace MLPlatform.Storage.Bees;

/// <summary>
/// The logs of all registered sources that this home keeps, opened when they are first asked for. One process of a home, and
/// one home of a platform, writes a source's log.
/// </summary>
public sealed class LandingLogs(
    ISourceStore sources, IOptions<StorageOptions> storage, IOptions<BeesOptions> options, TimeProvider time, ILogger<LandingLogs> log) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, Task<LandingLog>> _open = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private SafeFileHandle? _lock;
    private string? _home;

    /// <summary>The folder of all logs.</summary>
    public string Folder => Path.Combine(storage.Value.Home, "bees");

    /// <summary>Logs that are open.</summary>
    public IEnumerable<LandingLog> Open => _open.Values.Where(t => t.IsCompletedSuccessfully).Select(t => t.Result);

    /// <summary>The log of a source, or null where there is no such source.</summary>
    /// <exception cref="ActivityException">BEES-055: another home or process keeps it; BEES-059: it is damaged.</exception>
    public async Task<LandingLog?> FindAsync(string source, CancellationToken cancel)
    {
        if (_open.TryGetValue(source, out Task<LandingLog>? open) && open.IsCompletedSuccessfully)
            return await open;
        if (await ClaimAsync(source, cancel) is not { } keeper)
            return null;
        if (keeper != TakeHome())
            throw new ActivityException("BEES-055", $"The log of the source '{source}' is kept by the server of another home ({keeper}). Send to that server.", FailureKind.Infrastructure);
        Task<LandingLog> opening = _open.GetOrAdd(source, name => Task.Run(
            () => LandingLog.Open(Path.Combine(Folder, name), name, options.Value, time, log), CancellationToken.None));
        try
        {
            return await opening.WaitAsync(cancel);
        }
        catch when (opening.IsFaulted)
        {
            _open.TryRemove(new(source, opening)); // It may be mended by the next time.
            throw;
        }
    }

    /// <summary>Whether this home keeps the log of a source; the first that asks does. Null where there is no such source.</summary>
    /// <exception cref="ActivityException">BEES-055: another process of this home writes its logs.</exception>
    public async Task<bool?> IsKeptHereAsync(string source, CancellationToken cancel) =>
        _open.TryGetValue(source, out Task<LandingLog>? open) && open.IsCompletedSuccessfully ? true
        : await ClaimAsync(source, cancel) is { } keeper ? keeper == TakeHome() : null;

    /// <summary>The name of the home whose process writes these logs.</summary>
    public string HomeName() => TakeHome();

    /// <summary>Forgets a source that was removed; what arrived stays on disk.</summary>
    public async Task CloseAsync(string source)
    {
        if (_open.TryRemove(source, out Task<LandingLog>? open) && !open.IsFaulted)
            await (await open).DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (string source in _open.Keys)
            await CloseAsync(source);
        _lock?.Dispose();
    }

    /// <summary>The home that keeps the log of a source, this one where none did; null where there is no such source.</summary>
    private async Task<string?> ClaimAsync(string source, CancellationToken cancel) =>
        BatchHeader.NameProblem("source", source) is not null || await sources.FindAsync(source, cancel) is not { } row ? null
        : row.Home ?? await sources.ClaimAsync(source, TakeHome(), cancel);

    /// <summary>Makes this process the only writer of the home's logs, and tells the home's name.</summary>
    private string TakeHome()
    {
        lock (_gate)
        {
            if (_home is not null)
                return _home;
            Directory.CreateDirectory(Folder);
            SafeFileHandle handle = Posix.OpenForLock(Path.Combine(Folder, "lock"));
            if (!Posix.TryLock(handle))
            {
                handle.Dispose();
                throw new ActivityException("BEES-055", $"Another process writes the logs below '{Folder}'. Send to that server.", FailureKind.Infrastructure);
            }
            _lock = handle;
            string file = Path.Combine(Folder, "home");
            if (!File.Exists(file))
            {
                string temporary = file + ".tmp";
                File.WriteAllText(temporary, $"{Environment.MachineName}-{Guid.NewGuid():N}"); // The machine's name is for people.
                File.Move(temporary, file);
                Posix.SyncFolder(Folder);
            }
            return _home = File.ReadAllText(file).Trim();
        }
    }
}
