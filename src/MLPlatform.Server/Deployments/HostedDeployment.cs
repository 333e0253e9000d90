using MLPlatform.Core.Activities;
using MLPlatform.Core.Deployments;
using MLPlatform.Vlps;
using MLPlatform.Vlps.Models;

namespace MLPlatform.Server.Deployments;

/// <summary>The one deployment of a process of its own.</summary>
internal sealed class HostedDeployment : IServing, IDisposable
{
    private ServedDeployment _served;

    /// <exception cref="ActivityException">SERVE-003: a folder holds no model that can be read.</exception>
    public HostedDeployment(ModelHostSettings settings)
    {
        Dictionary<int, ShelvedModel> models = [];
        foreach ((int version, string folder) in settings.Folders)
            models[version] = Shelved(Load(folder));
        _served = new ServedDeployment(new Deployment(settings.Name, 1, settings.Spec, "serve-model", DateTimeOffset.UnixEpoch), models);
    }

    public ValueTask<ServedDeployment?> UseAsync(string name, CancellationToken cancel)
    {
        while (name == _served.Deployment.Name)
        {
            ServedDeployment served = Volatile.Read(ref _served);
            if (served.TryUse())
                return new(served);
            if (served == Volatile.Read(ref _served))
                break; // It has come to its end.
        }
        return new((ServedDeployment?)null);
    }

    public ValueTask<bool> IsReadyAsync(CancellationToken cancel) => new(true);

    /// <summary>
    /// Lets the model of a folder answer in place of the one that does, as the next version; for one caller at a time. Where it goes on from that one it
    /// is loaded at the cost of what changed.
    /// </summary>
    /// <returns>The version.</returns>
    /// <exception cref="ActivityException">SERVE-003: it cannot be read; the one before goes on.</exception>
    public int Follow(string folder)
    {
        ServedDeployment before = _served;
        (Deployment deployment, int version) = (before.Deployment, before.Deployment.Spec.Champion + 1);
        ModelFolder model = Load(folder, before.Find(deployment.Spec.Champion));
        Deployment next = deployment with { Revision = deployment.Revision + 1, Spec = deployment.Spec with { Champion = version } };
        Volatile.Write(ref _served, new ServedDeployment(next, new Dictionary<int, ShelvedModel> { [version] = Shelved(model) }));
        before.Dispose();
        return version;
    }

    public void Dispose() => _served.Dispose();

    private static ShelvedModel Shelved(ModelFolder model) => new(model, model.Dispose);

    private static ModelFolder Load(string folder, ModelFolder? before = null)
    {
        try
        {
            ModelDescription description = ModelFolder.Describe(folder);
            description.RequireAnswers();
            return before?.LeadsTo(description) == true && TryLoadAfter(folder, before) is { } next ? next : ModelFolder.Load(folder);
        }
        catch (Exception e) when (e is VlpsException or IOException or UnauthorizedAccessException)
        {
            throw new ActivityException("SERVE-003", $"The model in '{folder}' cannot be served: {e.Message}. docs/model-format.md says what is read.", inner: e);
        }
    }

    private static ModelFolder? TryLoadAfter(string folder, ModelFolder before)
    {
        try
        {
            return ModelFolder.Load(folder, before);
        }
        catch (VlpsException)
        {
            return null; // Its changes cannot be applied: all of it may be whole.
        }
    }
}
