using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using MLPlatform.Vlps.Networks;
using MLPlatform.Vlps.Tables;

namespace MLPlatform.Vlps.Training;

/// <summary>
/// Writes down where a training is, and finds it again. A checkpoint is rows (all, or those that changed since the one before), dense
/// weights, the files of the best weights so far, and last a state that names them: a kill at any time leaves the one before. Two are kept, so
/// that a file which the machine lost costs one more interval.
/// </summary>
internal sealed class TrainingCheckpoints(CheckpointOptions options)
{
    private const int Kept = 2;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) }, RespectNullableAnnotations = true };

    private List<uint> _chain = [];
    private long _fullBytes, _deltaBytes, _samples;

    /// <summary>Whether so many samples were trained on that it is time for a checkpoint.</summary>
    public bool IsDue(long samples) => samples - _samples >= options.EverySamples;

    /// <summary>Writes a checkpoint.</summary>
    /// <param name="state">Where the training is.</param>
    /// <param name="model">Its weights.</param>
    /// <param name="output">Where the files of the best weights are.</param>
    public void Save(TrainingState state, SparseModel model, string output)
    {
        uint step = model.Steps;
        bool full = _chain.Count == 0 || _deltaBytes >= _fullBytes;
        uint? since = full ? null : _chain[^1];
        if (since == step)
            return; // Nothing was learned since.
        long bytes = 0;
        for (int table = 0; table < model.Network.Tables.Count; table++)
        {
            string path = Path.Combine(options.Folder, RowsName(step, table));
            Touch(path);
            bytes += since is { } before
                ? TableCheckpoint.SaveDelta(model.Network.Tables[table], path, before, step).FileBytes
                : TableCheckpoint.SaveFull(model.Network.Tables[table], path, step).FileBytes;
        }
        string dense = Path.Combine(options.Folder, DenseName(step));
        Touch(dense);
        DenseState.Write(model.Network.Parameters, dense, step);
        if (state.Kept is { } kept)
            KeepBest(kept, output);
        List<uint> chain = full ? [step] : [.. _chain, step];
        state = state with { Step = step, Chain = chain, Fingerprint = options.Fingerprint };
        string name = Path.Combine(options.Folder, StateName(step));
        Touch(name);
        Replace(name, JsonSerializer.SerializeToUtf8Bytes(state, Json));
        (_chain, _samples) = (chain, state.Samples);
        (_fullBytes, _deltaBytes) = full ? (bytes, 0) : (_fullBytes, _deltaBytes + bytes);
        options.Log?.Invoke(string.Create(CultureInfo.InvariantCulture, $"checkpoint at {state.Samples} samples: {(full ? "all rows" : "changed rows")}, {bytes} bytes"));
        RemoveOthers();
    }

    /// <summary>Brings a model to the newest checkpoint that can be read; null and an untouched model where there is none.</summary>
    /// <param name="make">Makes the model anew, as it begins.</param>
    /// <param name="model">Receives it.</param>
    /// <param name="output">Receives the files of the best weights.</param>
    public TrainingState? Restore(Func<SparseModel> make, out SparseModel model, string output)
    {
        Directory.CreateDirectory(options.Folder);
        foreach (uint step in States())
        {
            model = make();
            try
            {
                if (Read(step) is not { } state)
                {
                    model.Dispose();
                    continue;
                }
                Load(state, model, output);
                options.Log?.Invoke(string.Create(CultureInfo.InvariantCulture, $"goes on from the checkpoint at {state.Samples} samples, epoch {state.Epoch}"));
                return state;
            }
            catch (Exception problem) when (problem is VlpsException { Problem: VlpsProblem.BadFile } or IOException)
            {
                model.Dispose();
                options.Log?.Invoke($"the checkpoint of step {step} cannot be used: {problem.Message}");
            }
            catch
            {
                model.Dispose();
                throw;
            }
        }
        // Nothing here is of use; what is left would only be in the way of deltas.
        foreach (string file in Directory.GetFiles(options.Folder))
            File.Delete(file);
        model = make();
        return null;
    }

    private TrainingState? Read(uint step)
    {
        TrainingState state = Parse(StateName(step));
        if (state.Version == TrainingState.CurrentVersion && state.Fingerprint == options.Fingerprint && state.Chain.Count > 0 && state.Step == step)
            return state;
        options.Log?.Invoke($"the checkpoint of step {step} is of a training with other samples or settings, and is left aside");
        return null;
    }

    private TrainingState Parse(string file)
    {
        try
        {
            return JsonSerializer.Deserialize<TrainingState>(File.ReadAllBytes(Path.Combine(options.Folder, file)), Json) ?? throw new JsonException("it is null");
        }
        catch (JsonException mistake)
        {
            throw new VlpsException(VlpsProblem.BadFile, $"'{file}' cannot be read: it is damaged", mistake);
        }
    }

    private void Load(TrainingState state, SparseModel model, string output)
    {
        long fullBytes = 0, deltaBytes = 0;
        for (int table = 0; table < model.Network.Tables.Count; table++)
        {
            string path = Path.Combine(options.Folder, RowsName(state.Chain[0], table));
            uint stamp = TableCheckpoint.Merge(model.Network.Tables[table], path, goneAt: state.Step + 1);
            fullBytes += new FileInfo(path).Length;
            foreach (uint step in state.Chain.Skip(1))
            {
                path = Path.Combine(options.Folder, RowsName(step, table));
                stamp = TableCheckpoint.Apply(model.Network.Tables[table], stamp, path, goneAt: state.Step + 1);
                deltaBytes += new FileInfo(path).Length;
            }
        }
        DenseState.Read(model.Network.Parameters, Path.Combine(options.Folder, DenseName(state.Step)), state.Step);
        if (state.Kept is { } kept)
        {
            Directory.CreateDirectory(output);
            foreach (string name in kept.Section.Files)
                File.Copy(Path.Combine(options.Folder, BestName(kept.Epoch, name)), Path.Combine(output, name), overwrite: true);
        }
        model.Steps = state.Step;
        (_chain, _fullBytes, _deltaBytes, _samples) = ([.. state.Chain], fullBytes, deltaBytes, state.Samples);
    }

    private void KeepBest(KeptWeights kept, string output)
    {
        foreach (string name in kept.Section.Files)
        {
            string path = Path.Combine(options.Folder, BestName(kept.Epoch, name));
            if (File.Exists(path))
                continue;
            Touch(path);
            File.Copy(Path.Combine(output, name), path + ".partial", overwrite: true);
            File.Move(path + ".partial", path);
        }
    }

    private void RemoveOthers()
    {
        List<uint> states = [.. States().Take(Kept)];
        HashSet<string> wanted = [];
        foreach (uint step in states)
        {
            if (Read(step) is not { } state)
                continue;
            wanted.Add(StateName(step));
            wanted.Add(DenseName(step));
            wanted.UnionWith(state.Chain.SelectMany(s => Directory.GetFiles(options.Folder, $"{Prefix(s)}rows-*").Select(f => Path.GetFileName(f))));
            wanted.UnionWith(state.Kept?.Section.Files.Select(f => BestName(state.Kept.Epoch, f)) ?? []);
        }
        foreach (string file in Directory.GetFiles(options.Folder).Where(f => !wanted.Contains(Path.GetFileName(f))).Order(StringComparer.Ordinal))
        {
            Touch(file);
            File.Delete(file);
        }
    }

    /// <summary>Steps of the states there are, the newest first.</summary>
    private IEnumerable<uint> States() => Directory.GetFiles(options.Folder, "*.state")
        .Select(f => uint.TryParse(Path.GetFileNameWithoutExtension(f), CultureInfo.InvariantCulture, out uint step) ? step : 0)
        .Where(step => step > 0).OrderDescending();

    private void Touch(string path) => options.Touching?.Invoke(Path.GetFileName(path));

    private static string Prefix(uint step) => string.Create(CultureInfo.InvariantCulture, $"{step:D10}.");

    private static string StateName(uint step) => Prefix(step) + "state";

    private static string DenseName(uint step) => Prefix(step) + "dense";

    private static string RowsName(uint step, int table) => string.Create(CultureInfo.InvariantCulture, $"{Prefix(step)}rows-{table}");

    private static string BestName(int epoch, string name) => string.Create(CultureInfo.InvariantCulture, $"best-{epoch}.{name}");

    private static void Replace(string file, ReadOnlySpan<byte> bytes)
    {
        string partial = file + ".partial";
        using (FileStream stream = new(partial, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0))
        {
            stream.Write(bytes);
            stream.Flush(flushToDisk: true);
        }
        File.Move(partial, file, overwrite: true);
    }
}
