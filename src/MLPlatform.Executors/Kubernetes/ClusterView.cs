using System.Globalization;
using System.Net;
using k8s;
using k8s.Autorest;
using Microsoft.Extensions.Logging;

namespace MLPlatform.Executors.Kubernetes;

/// <summary>
/// What one kind of our objects looks like now: listed once, then watched. News that comes twice, late or in another order changes
/// nothing; where the server no longer knows the version we go on from, all is listed again.
/// </summary>
/// <param name="changed">Told the attempt of every object that changed.</param>
internal sealed partial class ClusterView<T>(
    string what, Func<CancellationToken, Task<(IReadOnlyList<T> Items, string Version)>> list,
    Func<string, CancellationToken, IAsyncEnumerable<(WatchEventType Type, T Item)>> watch, Action<string> changed, ClusterSettings options, TimeProvider time, ILogger log)
    where T : class, ISeen
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(5);
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Dictionary<string, T>> _byAttempt = new(StringComparer.Ordinal);
    private readonly Dictionary<string, T> _byName = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _gone = new(StringComparer.Ordinal);

    /// <summary>Whether all was listed once, so that what is not here is not there.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>The objects of an attempt.</summary>
    public IReadOnlyList<T> Of(string attempt)
    {
        lock (_gate)
            return _byAttempt.TryGetValue(attempt, out Dictionary<string, T>? own) ? [.. own.Values.OrderBy(o => o.Name, StringComparer.Ordinal)] : [];
    }

    public async Task RunAsync(CancellationToken cancel)
    {
        string? version = null;
        for (int failures = 0; !cancel.IsCancellationRequested;)
        {
            try
            {
                if (version is null)
                {
                    (IReadOnlyList<T> items, version) = await list(cancel).ConfigureAwait(false);
                    Replace(items);
                }
                failures = 0;
                version = await FollowAsync(version, cancel).ConfigureAwait(false);
                continue;
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (IsTooOld(e))
            {
                LogTooOld(log, what);
                version = null;
            }
            catch (Exception e) when (e is HttpOperationException or KubernetesException or HttpRequestException or IOException or OperationCanceledException or System.Text.Json.JsonException)
            {
                LogBroken(log, e, what);
                version = null; // Whatever was missed, a list tells.
            }
            failures++;
            TimeSpan pause = TimeSpan.FromMilliseconds(Math.Min(LongestPause.TotalMilliseconds, 50 * Math.Pow(2, Math.Min(failures, 10))));
            await Task.Delay(pause, time, cancel).ContinueWith(static _ => { }, TaskScheduler.Default).ConfigureAwait(false);
        }
    }

    // Until the server ends the watch, as it does when the time we asked for is over, or until it should have long ago: then nobody is there.
    private async Task<string> FollowAsync(string version, CancellationToken cancel)
    {
        using CancellationTokenSource silent = new(options.WatchLength + Slack, time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cancel, silent.Token);
        try
        {
            await foreach ((WatchEventType type, T item) in watch(version, either.Token).ConfigureAwait(false))
            {
                if (type == WatchEventType.Deleted)
                    Remove(item);
                else if (type != WatchEventType.Bookmark)
                    Put(item);
                if (Number(item.Version) > Number(version))
                    version = item.Version;
            }
        }
        catch (OperationCanceledException) when (silent.IsCancellationRequested && !cancel.IsCancellationRequested)
        {
            LogSilent(log, what); // What happened meanwhile is told from the version on.
        }
        return version;
    }

    private void Replace(IReadOnlyList<T> items)
    {
        HashSet<string> touched;
        lock (_gate)
        {
            touched = [.. _byAttempt.Keys, .. items.Select(i => i.Attempt)];
            _byAttempt.Clear();
            _byName.Clear();
            _gone.Clear();
            foreach (T item in items)
                Keep(item);
            IsComplete = true;
        }
        foreach (string attempt in touched)
            changed(attempt);
    }

    private void Put(T item)
    {
        lock (_gate)
        {
            if (_byName.TryGetValue(item.Name, out T? known) && Number(known.Version) > Number(item.Version))
                return;
            if (_gone.TryGetValue(item.Name, out long gone) && gone >= Number(item.Version))
                return; // Late news of what is gone.
            Keep(item);
        }
        changed(item.Attempt);
    }

    private void Remove(T item)
    {
        lock (_gate)
        {
            if (_byName.TryGetValue(item.Name, out T? known) && Number(known.Version) > Number(item.Version))
                return; // An older one of that name.
            _byName.Remove(item.Name);
            if (_byAttempt.TryGetValue(item.Attempt, out Dictionary<string, T>? own) && own.Remove(item.Name) && own.Count == 0)
                _byAttempt.Remove(item.Attempt);
            _gone[item.Name] = Number(item.Version);
        }
        changed(item.Attempt);
    }

    private void Keep(T item)
    {
        _byName[item.Name] = item;
        if (!_byAttempt.TryGetValue(item.Attempt, out Dictionary<string, T>? own))
            _byAttempt[item.Attempt] = own = new(StringComparer.Ordinal);
        own[item.Name] = item;
    }

    // Kubernetes lets versions be compared as numbers (1.35); before that they were so in fact.
    private static long Number(string version) => long.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : long.MaxValue;

    private static bool IsTooOld(Exception e) =>
        (e is HttpOperationException http && http.Response.StatusCode == HttpStatusCode.Gone) || (e is KubernetesException told && told.Status.Code == (int)HttpStatusCode.Gone);

    [LoggerMessage(3020, LogLevel.Debug, "The cluster no longer knows how {What} were; they are listed again")]
    private static partial void LogTooOld(ILogger logger, string what);

    [LoggerMessage(3021, LogLevel.Warning, "Watching {What} of the cluster broke; it begins anew")]
    private static partial void LogBroken(ILogger logger, Exception e, string what);

    [LoggerMessage(3022, LogLevel.Information, "The watch of {What} fell silent; it begins anew")]
    private static partial void LogSilent(ILogger logger, string what);
}
