using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Runs;
using MLPlatform.Vlps.Batches;
using MLPlatform.Vlps.Declarations;
using MLPlatform.Vlps.Features;
using MLPlatform.Vlps.Models;
using MLPlatform.Vlps.Networks;
using MLPlatform.Vlps.Training;

namespace MLPlatform.Activities.Training;

/// <summary>The declaration and the options of a training of train.vlps.</summary>
internal static class DeclaredTraining
{
    /// <summary>Batches, where nothing is said.</summary>
    private const int DefaultBatch = 256;

    /// <summary>Sums of dense gradients, so threads beyond have nothing to do.</summary>
    private const int MostThreads = 8;

    /// <summary>The declaration, with the fields' settings that the inputs give; that of the model to go on from, which the inputs may repeat.</summary>
    public static ModelDeclaration Read(TrainVlps.Inputs inputs, FeatureSpec spec, string? from)
    {
        if (from is null)
            return Read(inputs, spec);
        (ModelDeclaration before, string written) = MlErrors.Explained(() => ModelFolder.ReadDeclaration(from));
        bool silent = inputs is { Model: null, Declaration: null, Dim: null, LearningRate: null, FirstSquares: null, L2: null, NegativesKept: null };
        if (!silent && DeclarationReader.Write(Read(inputs.Model is null && inputs.Declaration is null ? inputs with { Declaration = DeclarationReader.Write(before) } : inputs, spec)).GetRawText() is { } asked && asked != written)
            throw MlErrors.Bad("ML-019", $"A training that goes on from a model has that model's declaration, and the inputs ask for another. Leave 'from' out to begin anew, or ask for what it has: {written}");
        return before;
    }

    private static ModelDeclaration Read(TrainVlps.Inputs inputs, FeatureSpec spec)
    {
        if (inputs is { Declaration: not null, Model: not null })
            throw MlErrors.Bad("ML-006", "'model' and 'declaration' both say what the model is; leave one of them out.");
        SampleColumns fields = MlErrors.Explained(() => FieldEncoder.FieldsOf(spec));
        JsonElement value = inputs.Declaration ?? JsonSerializer.SerializeToElement(inputs.Model ?? TrainVlps.ModelType.Lr, ActivityJson.Options);
        ModelDeclaration declared = DeclarationReader.Read(value, new SampleNames([.. fields.Fields.Select(f => f.Name)], []), out IReadOnlyList<DeclarationProblem> problems)
            ?? throw MlErrors.Bad(problems[0].Code, $"The declared model has {(problems.Count == 1 ? "a mistake" : $"{problems.Count} mistakes")}: {string.Join("; ", problems.Select(p => $"{p.Path}: {p.Message}"))}.");
        if (declared.Model == ModelName.TwoTower || declared.Tasks.Any(t => t.Towers is not null))
            throw MlErrors.Bad("ML-006", "A model with towers is for recall: it gives no chance of the label that a model folder could be scored by. Declare another one.");
        var given = new FieldDeclaration { Dim = inputs.Dim, Rate = inputs.LearningRate, FirstSquares = inputs.FirstSquares, L2 = inputs.L2 };
        return Thinned(declared with { Fields = declared.Fields.Over(given) }, inputs.NegativesKept);
    }

    private static ModelDeclaration Thinned(ModelDeclaration declared, double? negativesKept)
    {
        if (negativesKept is not { } kept)
            return declared;
        IReadOnlyList<TaskDeclaration> tasks = declared.TasksInFull;
        return tasks.Any(t => t.NegativesKept != 1)
            ? throw MlErrors.Bad("ML-006", "'negativesKept' and the declaration's tasks both say which part of the negatives was kept; leave one of them out.")
            : declared with { Tasks = [tasks[0] with { NegativesKept = kept }, .. tasks.Skip(1)] };
    }

    /// <summary>The label of each task: the first has the training's, the others a column of 0 and 1 of their own.</summary>
    public static IReadOnlyList<LabelColumn> LabelsOf(ModelDeclaration declared, LabelColumn label) =>
        [.. declared.TasksInFull.Select((task, i) => i > 0 ? new LabelColumn(task.Label!, []) : task.Label is { } own ? label with { Column = own } : label)];

    public static NetworkOptions OptionsOf(TrainVlps.Inputs inputs, ModelDeclaration declared, string? from, ActivityContext context) => new()
    {
        Declaration = declared,
        Epochs = inputs.EpochsToRun,
        Patience = inputs.Patience,
        From = from,
        WithState = inputs.State,
        ScratchFolder = context.ScratchFolder,
        Checkpoints = context.CheckpointFolder is { } folder
            ? new CheckpointOptions { Folder = folder, Fingerprint = FingerprintOf(inputs), EverySamples = inputs.CheckpointEvery, Log = context.Log } : null,
        Sparse = new SparseOptions
        {
            Batch = inputs.Batch ?? DefaultBatch,
            Threads = Math.Clamp(context.Cores, 1, MostThreads),
            AnyThreads = true,
            Seed = inputs.Seed,
            TableBytes = TableBytes(context),
        },
    };

    // A run may be resumed with other inputs: then it is another training.
    private static string FingerprintOf(TrainVlps.Inputs inputs) =>
        Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(inputs with { CheckpointEvery = 1 }, ActivityJson.Options)));

    // Half of the memory: the rest is for blocks of samples, the file's pages and the program.
    private static long TableBytes(ActivityContext context) => context.MemoryBytes is { } limit ? limit / 2 : new SparseOptions().TableBytes;

    /// <summary>Says when the tables were full, since ids that came later have no weights.</summary>
    public static void WarnWhenFull(NetworkResult result, ActivityContext context)
    {
        long most = TableBytes(context);
        if (result.TableBytes > most * 0.9)
            context.Log(string.Create(CultureInfo.InvariantCulture,
                $"The tables of rows take {result.TableBytes >> 20} of {most >> 20} MiB: ids may have got no weights. Declare more resources.memory, a smaller dim or a minCount."));
    }

    public static object Settings(TrainVlps.Inputs inputs, int epoch) =>
        new { epoch, batch = inputs.Batch ?? DefaultBatch, inputs.ShuffleWindow, inputs.Seed };
}
