using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Registry;

namespace MLPlatform.Activities.Registry;

/// <summary>
/// Registers a model as the next version of a name, and may point aliases at it. An attempt that runs again after a crash
/// gets the version that it made before.
/// </summary>
[Activity("model.register", Cacheable = false, Outputs = typeof(RegisterModel.Outputs))]
[Description("Registers a model as the next version of a name, and points aliases such as champion at it.")]
public sealed class RegisterModel(IModelRegistry registry) : IInlineActivity<RegisterModel.Inputs>
{
    public sealed record Inputs
    {
        [Description("The model's name in the registry: letters, digits, '-', '_' and '.'.")]
        [RegularExpression("^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$")]
        public required string Name { get; init; }

        [Description("The model.")]
        public required ArtifactRef Model { get; init; }

        [Description("Figures to keep with the version, as an object of numbers.")]
        public IReadOnlyDictionary<string, double?> Metrics { get; init; } = new Dictionary<string, double?>();

        [Description("What is worth knowing about this version.")]
        public string? Description { get; init; }

        [Description("Aliases to point at it, champion say. Default: none.")]
        public IReadOnlyList<string> Aliases { get; init; } = [];
    }

    /// <param name="Name">The model's name.</param>
    /// <param name="Version">The version it got, from 1.</param>
    /// <param name="Replaced">For each alias, the version it pointed at before; null where none.</param>
    public sealed record Outputs(string Name, int Version, IReadOnlyDictionary<string, int?> Replaced);

    public async ValueTask<InlineResult> RunAsync(Inputs inputs, ActivityContext context, CancellationToken cancel)
    {
        if (inputs.Model.Kind != "model")
            throw new ActivityException("ML-010", $"The input 'model' must be a model; it is a {inputs.Model.Kind}.");
        string metrics = JsonSerializer.Serialize(inputs.Metrics.Where(m => m.Value is not null).ToDictionary(m => m.Key, m => m.Value));
        ModelVersion version = await registry.RegisterAsync(
            new ModelRegistration(inputs.Name, inputs.Model, context.Attempt, metrics, inputs.Description), cancel).ConfigureAwait(false);
        var replaced = new Dictionary<string, int?>();
        foreach (string alias in inputs.Aliases)
            replaced[alias] = await registry.SetAliasAsync(inputs.Name, alias, version.Version, $"run {context.Attempt.Run}", cancel).ConfigureAwait(false);
        var outputs = new Outputs(version.Model, version.Version, replaced);
        return new InlineResult.Completed(JsonSerializer.SerializeToElement(outputs, ActivityJson.Options));
    }
}
