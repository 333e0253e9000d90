using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using MLPlatform.Activities.Training;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Vlps.Features;
using MLPlatform.Vlps.Models;
using MLPlatform.Vlps.Onnx;
using MLPlatform.Vlps.Training;

namespace MLPlatform.Activities.Registry;

/// <summary>Makes a model of an ONNX file that some other tool exported, so that it can be scored, gated, registered and deployed.</summary>
[Activity("model.import")]
[Description("Makes a model of an ONNX file, with fitted features in front of it where it wants sparse ids and values.")]
public sealed class ImportModel : IActivity<ImportModel.Inputs, ImportModel.Outputs>
{
    public sealed record Inputs
    {
        [Description("The ONNX file."), ExternalFiles]
        public required string File { get; init; }

        [Description("How rows become tensors. columns: each input is a column of its name. dense: one input of floats made of columns. sparse: ids and values of the fitted features. Default: sparse with features, dense with columns, else columns.")]
        public OnnxLayout? Layout { get; init; }

        [Description("For sparse: the fitted features, as features.build gives them.")]
        public ArtifactRef? Features { get; init; }

        [Description("For sparse: the embedding has 2^hashBits rows. Default: 20."), Range(4, 30)]
        public int HashBits { get; init; } = 20;

        [Description("For dense: the columns in the order of the tensor.")]
        public IReadOnlyList<string> Columns { get; init; } = [];

        [Description("The output that holds the score. Default: the first of floats.")]
        public string? Output { get; init; }

        [Description("Which of several values of a row is the score. Default: the last."), Range(0, 100_000)]
        public int? Class { get; init; }

        [Description("Whether the output is the log-odds. Default: false, the probability.")]
        public bool Logits { get; init; }

        [Description("The label column, for evaluating and gating.")]
        public string Label { get; init; } = "label";

        [Description("Label values that count as 1. Default: the column holds 0 and 1.")]
        public IReadOnlyList<string> Positive { get; init; } = [];
    }

    /// <param name="Model">The model.</param>
    /// <param name="Columns">The columns that it reads.</param>
    public sealed record Outputs(ArtifactRef Model, IReadOnlyList<string> Columns);

    public async Task<Outputs> RunAsync(Inputs inputs, ActivityContext context, CancellationToken cancel)
    {
        if (!File.Exists(inputs.File))
            throw MlErrors.Bad("ML-014", $"There is no ONNX file '{inputs.File}'.");
        string? features = inputs.Features is { } fitted
            ? Path.Combine(await TableFiles.LayOutAsync(context, fitted, "features", "features", cancel).ConfigureAwait(false), FeatureSpec.FileName) : null;
        OnnxLayout layout = inputs.Layout ?? (features is not null ? OnnxLayout.Sparse : inputs.Columns.Count > 0 ? OnnxLayout.Dense : OnnxLayout.Columns);
        if ((layout == OnnxLayout.Sparse) != (features is not null))
            throw MlErrors.Bad("ML-014", "The layout sparse and the input 'features' go together.");
        string folder = Path.Combine(context.ScratchFolder, "model");
        var description = new ModelDescription
        {
            Kind = ModelFolder.OnnxKind,
            Weights = "model.onnx",
            Label = new LabelColumn(inputs.Label, inputs.Positive),
            Onnx = new OnnxSection
            {
                Layout = layout,
                Columns = inputs.Columns,
                HashBits = inputs.HashBits,
                Output = inputs.Output,
                Class = inputs.Class,
                Logits = inputs.Logits,
            },
        };
        IReadOnlyList<string> columns = MlErrors.Explained(() =>
        {
            ModelFolder.SaveOnnx(folder, description, inputs.File, features);
            using ModelFolder model = ModelFolder.Load(folder);
            return model.Columns;
        });
        context.Log($"It reads {string.Join(", ", columns)}");
        return new Outputs(await context.Artifacts.PutFolderAsync(folder, "model", cancel).ConfigureAwait(false), columns);
    }
}
