using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text.Json;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Deployments;
using MLPlatform.Core.Registry;
using MLPlatform.Vlps;
using MLPlatform.Vlps.Models;

namespace MLPlatform.Activities.Registry;

/// <summary>
/// Lets a deployment serve a model: as its champion, or beside it as a canary, a challenger or a shadow. A model that is not
/// registered yet is registered first. An attempt that runs again after a crash changes nothing twice.
/// </summary>
[Activity("model.deploy", Cacheable = false, Outputs = typeof(DeployModel.Outputs))]
[Description("Lets a deployment serve a model, as the champion or as a canary, challenger or shadow; the deployment is made where there is none.")]
public sealed class DeployModel(IModelRegistry registry, IDeploymentStore deployments) : IInlineActivity<DeployModel.Inputs>
{
    public sealed record Inputs
    {
        [Description("The model. Give this, or the version of a registered one.")]
        public ArtifactRef? Model { get; init; }

        [Description("A registered version, as model.register gives it."), Range(1, int.MaxValue, ErrorMessage = "{0} must be at least 1.")]
        public int? Version { get; init; }

        [Description("The deployment: letters, digits, '-', '_' and '.'. Default: the pipeline's id.")]
        [RegularExpression("^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$")]
        public string? Deployment { get; init; }

        [Description("The model's name in the registry. Default: the deployment's name.")]
        [RegularExpression("^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$")]
        public string? Name { get; init; }

        [Description("champion, canary, challenger or shadow. The first version of a deployment is its champion in any case. Default: champion.")]
        public ServingRole Role { get; init; } = ServingRole.Champion;

        [Description("The share of requests a candidate gets. Default: 10 for a canary, 50 for a challenger, 100 for a shadow."), Range(0.001, 100)]
        public double? Percent { get; init; }

        [Description("How requests are read. Default: as they are.")]
        public ServingSettings? Settings { get; init; }

        [Description("Why, for the history.")]
        public string? Reason { get; init; }
    }

    /// <param name="Deployment">The deployment's name.</param>
    /// <param name="Model">The model's name in the registry.</param>
    /// <param name="Version">The version that is served.</param>
    /// <param name="Role">What it is now.</param>
    /// <param name="Revision">The deployment's revision.</param>
    /// <param name="Champion">The champion now.</param>
    /// <param name="Before">The champion before; null where there was none.</param>
    public sealed record Outputs(string Deployment, string Model, int Version, ServingRole Role, int Revision, int Champion, int? Before);

    public async ValueTask<InlineResult> RunAsync(Inputs inputs, ActivityContext context, CancellationToken cancel)
    {
        string deployment = inputs.Deployment ?? context.Pipeline, model = inputs.Name ?? deployment;
        await RefuseUnfitAsync(inputs, model, context, cancel).ConfigureAwait(false);
        int version = await VersionAsync(inputs, model, context, cancel).ConfigureAwait(false);
        var change = new DeploymentChange.Deploy(model, version, inputs.Role, inputs.Percent, inputs.Settings);
        ChangeOutcome outcome = await new DeploymentDesk(deployments, registry).ChangeAsync(
            new ChangeRequest(deployment, change, $"run {context.Attempt.Run}", inputs.Reason, Attempt: context.Attempt), cancel).ConfigureAwait(false);
        if (outcome is not ChangeOutcome.Done done)
        {
            var refused = (ChangeOutcome.Refused)outcome;
            throw new ActivityException(refused.Code, refused.Message);
        }
        DeploymentSpec now = done.Deployment.Spec;
        var outputs = new Outputs(deployment, model, version, now.RoleOf(version) ?? inputs.Role, done.Deployment.Revision, now.Champion, done.Before?.Champion);
        context.Log(string.Create(CultureInfo.InvariantCulture, $"'{deployment}' serves version {version} of '{model}' as {outputs.Role}"));
        return new InlineResult.Completed(JsonSerializer.SerializeToElement(outputs, ActivityJson.Options));
    }

    // The server could not load it, which would show only once the deployment has changed.
    private async Task RefuseUnfitAsync(Inputs inputs, string model, ActivityContext context, CancellationToken cancel)
    {
        ArtifactRef? artifact = inputs.Model ?? (inputs.Version is { } version ? (await registry.FindAsync(model, version, cancel).ConfigureAwait(false))?.Artifact : null);
        ArtifactManifest? manifest = artifact is null ? null : await context.Artifacts.FindAsync(artifact.Hash, cancel).ConfigureAwait(false);
        if (manifest?.Files.FirstOrDefault(f => f.Path == ModelDescription.FileName) is not { } file)
            return;
        string path = await context.Artifacts.FetchAsync(file, cancel).ConfigureAwait(false);
        try
        {
            ModelDescription.Read(path).RequireAnswers();
        }
        catch (VlpsException problem)
        {
            throw new ActivityException("SERVE-003", $"The model '{model}' cannot be served: {problem.Message}.", inner: problem);
        }
    }

    private async Task<int> VersionAsync(Inputs inputs, string model, ActivityContext context, CancellationToken cancel)
    {
        if (inputs.Model is null == inputs.Version is null)
            throw new ActivityException("SERVE-006", "Give either the input 'model' or the input 'version'.");
        if (inputs.Version is { } registered)
            return registered;
        if (inputs.Model!.Kind != "model")
            throw new ActivityException("ML-010", $"The input 'model' must be a model; it is a {inputs.Model.Kind}.");
        // What model.register has made of it already is that version.
        ModelVersion? known = (await registry.ListVersionsAsync(model, cancel).ConfigureAwait(false)).FirstOrDefault(v => v.Artifact.Hash == inputs.Model.Hash);
        known ??= await registry.RegisterAsync(new ModelRegistration(model, inputs.Model, context.Attempt, "{}", inputs.Reason), cancel).ConfigureAwait(false);
        return known.Version;
    }
}
