using System.Collections.Concurrent;
using System.Globalization;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Deployments;
using MLPlatform.Core.Registry;

namespace MLPlatform.Server.Deployments;

/// <summary>
/// What this server serves. A new revision is loaded beside the one that answers, and then takes its place at once, so that a
/// change drops no request; where it cannot be loaded the one before goes on answering, and the reason is told.
/// </summary>
internal sealed partial class ServingTable(IDeploymentStore store, IModelRegistry registry, ModelShelf shelf, ILogger<ServingTable> log) : IServing, IDisposable
{
    private readonly ConcurrentDictionary<string, ServedDeployment> _served = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, (int Revision, string Problem)> _problems = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _changing = new(1);

    /// <summary>What is served by name, for looking only.</summary>
    public Deployment? Serving(string name) => _served.GetValueOrDefault(name)?.Deployment;

    /// <summary>What is served.</summary>
    public IEnumerable<string> Names() => _served.Keys;

    /// <summary>Why the newest revision of a deployment is not served, or null.</summary>
    public string? ProblemOf(string name) => _problems.TryGetValue(name, out (int, string Problem) found) ? found.Problem : null;

    public async ValueTask<bool> IsReadyAsync(CancellationToken cancel) => (await store.ListAsync(cancel)).All(d => Serving(d.Name) is not null);

    public ValueTask<ServedDeployment?> UseAsync(string name, CancellationToken cancel) =>
        _served.TryGetValue(name, out ServedDeployment? served) && served.TryUse() ? new(served) : new(LookAndUseAsync(name, cancel));

    /// <summary>Looks at one deployment, so that a change made here is served when the answer is given.</summary>
    public async Task RefreshAsync(string name, CancellationToken cancel)
    {
        await _changing.WaitAsync(cancel);
        try
        {
            await BringUpToDateAsync(name, await store.FindAsync(name, cancel), cancel);
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>Looks at all deployments.</summary>
    public async Task RefreshAllAsync(CancellationToken cancel)
    {
        await _changing.WaitAsync(cancel);
        try
        {
            Dictionary<string, Deployment> all = (await store.ListAsync(cancel)).ToDictionary(d => d.Name, StringComparer.Ordinal);
            foreach (string name in all.Keys.Union(_served.Keys).ToList())
                await BringUpToDateAsync(name, all.GetValueOrDefault(name), cancel);
        }
        finally
        {
            _changing.Release();
        }
    }

    public void Dispose()
    {
        foreach (string name in _served.Keys)
        {
            if (_served.TryRemove(name, out ServedDeployment? served))
                served.Dispose();
        }
        _changing.Dispose();
    }

    private async Task<ServedDeployment?> LookAndUseAsync(string name, CancellationToken cancel)
    {
        while (true)
        {
            await RefreshAsync(name, cancel);
            if (!_served.TryGetValue(name, out ServedDeployment? served))
                return ProblemOf(name) is { } problem ? throw new ActivityException("SERVE-003", problem) : null;
            if (served.TryUse())
                return served;
        }
    }

    private async Task BringUpToDateAsync(string name, Deployment? wanted, CancellationToken cancel)
    {
        ServedDeployment? now = _served.GetValueOrDefault(name);
        if (wanted is null)
        {
            _problems.TryRemove(name, out _);
            if (_served.TryRemove(name, out ServedDeployment? gone))
                gone.Dispose();
            return;
        }
        if (now?.Deployment.Revision == wanted.Revision)
            return;
        if (await TryLoadAsync(wanted, cancel) is not { } next)
            return;
        _problems.TryRemove(name, out _);
        _served[name] = next;
        now?.Dispose();
        LogServed(log, name, wanted.Revision, wanted.Spec.Model, string.Join(", ", wanted.Spec.Versions().Select(v => v.ToString(CultureInfo.InvariantCulture))));
    }

    private async Task<ServedDeployment?> TryLoadAsync(Deployment deployment, CancellationToken cancel)
    {
        Dictionary<int, ShelvedModel> models = [];
        try
        {
            foreach (int number in deployment.Spec.Versions().Distinct())
            {
                ModelVersion version = await registry.FindAsync(deployment.Spec.Model, number, cancel)
                    ?? throw new ActivityException("SERVE-003", $"The model '{deployment.Spec.Model}' has no version {number}.");
                models[number] = await shelf.TakeAsync(version, cancel);
            }
            return new ServedDeployment(deployment, models);
        }
        catch (Exception e)
        {
            foreach (ShelvedModel model in models.Values)
                model.Dispose();
            if (e is not ActivityException)
                throw;
            if (!_problems.TryGetValue(deployment.Name, out (int Revision, string) told) || told.Revision != deployment.Revision)
                LogUnserved(log, deployment.Name, deployment.Revision, e.Message);
            _problems[deployment.Name] = (deployment.Revision, e.Message);
            return null;
        }
    }

    [LoggerMessage(7001, LogLevel.Information, "Revision {Revision} of {Deployment} is served: {Model}, versions {Versions}")]
    private static partial void LogServed(ILogger log, string deployment, int revision, string model, string versions);

    [LoggerMessage(7002, LogLevel.Error, "SERVE-003 revision {Revision} of {Deployment} cannot be served, the one before goes on: {Why}")]
    private static partial void LogUnserved(ILogger log, string deployment, int revision, string why);
}
