using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using MLPlatform.Core.Activities;
using MLPlatform.Vlps.Declarations;
using MLPlatform.Vlps.Features;
using MLPlatform.Vlps.Networks;
using MLPlatform.Vlps.Tables;
using MLPlatform.Vlps.Training;

namespace MLPlatform.Activities.Training;

/// <summary>The declaration and the options of a training of train.vlps.</summary>
internal static class DeclaredTraining
{
    private const int DefaultBatch = 256;

    /// <summary>Towers tell a row's own right side from those of its chunk, an eighth of a batch: the more there are, the better.</summary>
    private const int TowersBatch = 1536;

    /// <summary>Sums of dense gradients, so threads beyond have nothing to do.</summary>
    private const int MostThreads = 8;

    /// <summary>The declaration, with the fields' settings that the inputs give; that of the model to go on from, which the inputs may repeat.</summary>
    public static ModelDeclaration Read(TrainVlps.Inputs inputs, FeatureSpec spec, string? from)
    {
        ModelRequest request = Request(inputs);
        return MlErrors.Explained(() => from is null ? request.Read(spec) : request.ReadAfter(from, spec));
    }

    /// <summary>Says which inputs the model never reads.</summary>
    public static void TellIdle(TrainVlps.Inputs inputs, ModelDeclaration declared, ActivityContext context)
    {
        foreach (string idle in Request(inputs).Idle(declared))
            context.Log(idle);
    }

    private static ModelRequest Request(TrainVlps.Inputs inputs) => new()
    {
        Model = inputs.Model is { } name ? JsonSerializer.SerializeToElement(name, ActivityJson.Options).GetString() : null,
        Declaration = inputs.Declaration,
        Dim = inputs.Dim,
        LearningRate = inputs.LearningRate,
        FirstSquares = inputs.FirstSquares,
        L2 = inputs.L2,
        NegativesKept = inputs.NegativesKept,
    };

    public static NetworkOptions OptionsOf(TrainVlps.Inputs inputs, ModelDeclaration declared, string? from, ActivityContext context) => new()
    {
        Declaration = declared,
        Epochs = inputs.EpochsToRun,
        Patience = inputs.Patience,
        From = from,
        Evict = inputs.Evict,
        Calibrate = inputs.Calibrate,
        WithState = inputs.State,
        ScratchFolder = context.ScratchFolder,
        Checkpoints = context.CheckpointFolder is { } folder
            ? new CheckpointOptions { Folder = folder, Fingerprint = FingerprintOf(inputs), EverySamples = inputs.CheckpointEvery, Log = context.Log } : null,
        Sparse = new SparseOptions
        {
            Batch = BatchOf(inputs, declared),
            Threads = Math.Clamp(context.Cores, 1, MostThreads),
            AnyThreads = true,
            Seed = inputs.Seed,
            TableBytes = TableBytes(inputs, context),
            WhenFull = inputs.WhenFull,
            SpillFolder = context.ScratchFolder,
        },
    };

    /// <summary>Tells the checkpoints of one training from those of another: a run may be resumed with other inputs.</summary>
    internal static string FingerprintOf(TrainVlps.Inputs inputs)
    {
        JsonObject json = JsonSerializer.SerializeToNode(inputs with { CheckpointEvery = 1 }, ActivityJson.Options)!.AsObject();
        // An input that there was not when checkpoints began counts only where it says something: what an earlier version began goes on.
        if (inputs.WhenFull == default)
            json.Remove("whenFull");
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(json.ToJsonString(ActivityJson.Options))));
    }

    // Half of the memory: the rest is for blocks of samples, the file's pages and the program. Without a limit there is none for rows in memory; spilled ones are those beyond half of the machine's.
    private static long TableBytes(TrainVlps.Inputs inputs, ActivityContext context) => (context.MemoryBytes, inputs.WhenFull) switch
    {
        ({ } limit, _) => limit / 2,
        (null, WhenFull.Spill) => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2,
        (null, WhenFull.Evict) => throw MlErrors.Bad("ML-006", "'whenFull' is evict, and which rows go depends on the memory that there is: declare 'resources.memory' of the activity, so that the same inputs give the same model."),
        _ => new SparseOptions().TableBytes,
    };

    /// <summary>Says when the tables were full, since ids that came later have no weights.</summary>
    public static void WarnWhenFull(TrainVlps.Inputs inputs, NetworkResult result, ActivityContext context)
    {
        long most = TableBytes(inputs, context);
        if (result.TableBytes <= most * 0.9)
            return;
        string lost = inputs.WhenFull == WhenFull.Evict ? "rows may have gone to make room for others" : "ids may have got no weights";
        context.Log(string.Create(CultureInfo.InvariantCulture,
            $"The tables of rows take {result.TableBytes >> 20} of {most >> 20} MiB: {lost}. Declare more resources.memory, a smaller dim or a minCount."));
    }

    /// <summary>Says when epochs made the model worse and nothing was to stop them: the last one is kept then.</summary>
    public static void WarnWhenWorse(TrainVlps.Inputs inputs, NetworkResult result, ActivityContext context)
    {
        EpochResult last = result.Epochs[^1], best = result.Epochs.MinBy(e => e.ValidationLogLoss ?? double.MaxValue)!;
        // Both figures, and by more than chance makes of them: one of them alone goes up and down.
        if (inputs.Patience is not null || !(last.ValidationLogLoss > best.ValidationLogLoss * 1.01 && last.ValidationAuc < best.ValidationAuc - 0.001))
            return;
        context.Log(string.Create(CultureInfo.InvariantCulture,
            $"The model became worse after epoch {best.Epoch}: its validation AUC was {best.ValidationAuc:F4}, and is {last.ValidationAuc:F4} after epoch {last.Epoch}, which is kept. Give 'patience', which stops and keeps the best epoch, or 'epochs': {best.Epoch}."));
    }

    /// <summary>Says how many rows went.</summary>
    public static void TellEvicted(TrainVlps.Inputs inputs, NetworkResult result, ActivityContext context)
    {
        if ((inputs.Evict is null && inputs.WhenFull != WhenFull.Evict) || result.Weights.EvictedRows is not { } gone)
            return;
        context.Report("evictedRows", gone);
        context.Log(string.Create(CultureInfo.InvariantCulture, $"evicted {gone} rows, {result.TableRows} are left"));
    }

    /// <summary>Says what the calibration did.</summary>
    public static void TellCalibrated(NetworkResult result, ActivityContext context)
    {
        if (result.Calibration is not { } fitted)
            return;
        context.Report("calibratedLogLoss", fitted.LogLoss);
        context.Log(string.Create(CultureInfo.InvariantCulture,
            $"calibrated ({fitted.Curve.Method}) on {fitted.Curve.Rows} validation rows; on these, log loss {fitted.LogLossBefore:F5} became {fitted.LogLoss:F5}, calibration error {fitted.ErrorBefore:F5} became {fitted.Error:F5}"));
    }

    public static object Settings(TrainVlps.Inputs inputs, ModelDeclaration declared, int epoch) =>
        new { epoch, batch = BatchOf(inputs, declared), inputs.ShuffleWindow, inputs.Seed };

    private static int BatchOf(TrainVlps.Inputs inputs, ModelDeclaration declared) => inputs.Batch ?? (declared.HasTowers ? TowersBatch : DefaultBatch);
}
