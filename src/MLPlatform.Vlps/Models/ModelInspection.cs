using MLPlatform.Vlps.Features;
using MLPlatform.Vlps.Keyed;
using MLPlatform.Vlps.Networks;
using MLPlatform.Vlps.Onnx;
using MLPlatform.Vlps.Tables;

namespace MLPlatform.Vlps.Models;

/// <summary>What is in a model folder, for people: read whole, so a damaged one is refused.</summary>
/// <param name="Description">What model.json says.</param>
/// <param name="Fields">The features, with what each of a declared model is.</param>
/// <param name="Tables">Rows of weights.</param>
/// <param name="Dense">Dense weights; none of ONNX models.</param>
/// <param name="Bytes">All files together.</param>
public sealed record ModelInspection(
    ModelDescription Description, IReadOnlyList<InspectedField> Fields, IReadOnlyList<InspectedTable> Tables, IReadOnlyList<InspectedDense> Dense, long Bytes)
{
    /// <summary>The dense part as ONNX; null where there is none.</summary>
    public InspectedOnnx? Onnx { get; init; }

    /// <summary>The left tower and the right one; none of other models.</summary>
    public IReadOnlyList<InspectedTower> Towers { get; init; } = [];

    /// <exception cref="VlpsException">The folder holds no model that this program can read.</exception>
    public static ModelInspection Of(string folder)
    {
        using ModelFolder model = ModelFolder.Load(folder);
        ModelDescription description = model.Description;
        long bytes = new DirectoryInfo(folder).EnumerateFiles().Sum(f => f.Length);
        if (description.Network is { } section)
        {
            (Network network, IReadOnlyList<KeyedRows> rows) = NetworkFiles.Load(model.Features, section, name => ModelFolder.Inside(folder, name));
            var inspection = new ModelInspection(description,
                [.. model.Features.Features.Select((feature, i) => new InspectedField(feature.Name, KindOf(feature), network.Fields[i].Dim, section.Tables[network.TableOf[i]].File))],
                [.. section.Tables.Zip(rows, TableOf)], DenseOf(network.Parameters), bytes)
            {
                Towers = [.. model.Towers.Select(t => new InspectedTower(t.Name, t.Fields, t.Width))],
            };
            try
            {
                ReadRest(section, network, name => ModelFolder.Inside(folder, name));
                return inspection with { Onnx = section.Onnx is { } checksum ? OnnxOf(ModelFolder.Inside(folder, DenseGraph.FileName), checksum) : null };
            }
            finally
            {
                network.Dispose();
                foreach (KeyedRows file in rows)
                    file.Dispose();
            }
        }
        InspectedField[] fields = [.. model.Features.Features.Select(f => new InspectedField(f.Name, KindOf(f), null, description.Weights))];
        return new ModelInspection(description, fields, [], [], bytes);
    }

    // What is only needed to go on training, or to bring a deployment up to date, is read as well: damage there shows late otherwise.
    private static void ReadRest(NetworkSection section, Network network, Func<string, string> path)
    {
        if (section.State is { } state)
        {
            DenseState.Read(network.Parameters, path(state.Dense), section.Step);
            foreach (string table in state.Tables)
                BlockReader.Verify(path(table), TableCheckpoint.Magic);
        }
        foreach (NetworkDeltaFile delta in section.Delta?.Files ?? [])
            BlockReader.Verify(path(delta.File), KeyedFile.DeltaMagic);
    }

    private static InspectedOnnx OnnxOf(string path, string checksum)
    {
        DenseGraph.Verify(path, checksum);
        (IReadOnlyList<InspectedTensor> inputs, IReadOnlyList<InspectedTensor> outputs) = OnnxFile.Describe(path);
        return new InspectedOnnx(Path.GetFileName(path), new FileInfo(path).Length, inputs, outputs);
    }

    private static InspectedTable TableOf(NetworkTable table, KeyedRows rows)
    {
        (double weights, double factors) = rows.Norms();
        return new InspectedTable(table.File, rows.FileRows, rows.Layout.Dim, rows.Layout.Precision, rows.Layout.Linear ? weights : null, rows.Layout.Dim > 0 ? factors : null);
    }

    private static unsafe InspectedDense[] DenseOf(DenseParameters parameters) =>
        [.. parameters.All.Where(p => p.Length > 0).Select(p => new InspectedDense(p.Name, p.Length, Norm(new ReadOnlySpan<float>(parameters.Values + p.Offset, p.Length))))];

    private static double Norm(ReadOnlySpan<float> values)
    {
        double squares = 0;
        foreach (float value in values)
            squares += (double)value * value;
        return Math.Sqrt(squares);
    }

    private static string KindOf(FittedFeature feature) => feature switch
    {
        FittedFeature.Hashed => "hash",
        FittedFeature.Bucketed => "bucketize",
        FittedFeature.Number => "number",
        FittedFeature.OneHot => "oneHot",
        FittedFeature.Cross => "cross",
        _ => "textNgram",
    };
}

/// <param name="Name">The feature.</param>
/// <param name="Kind">What it is, as in features.json.</param>
/// <param name="Dim">Factors of its ids; null of an ONNX model.</param>
/// <param name="Rows">The file that its rows are in.</param>
public sealed record InspectedField(string Name, string Kind, int? Dim, string Rows);

/// <param name="Name">Its perceptron.</param>
/// <param name="Fields">What it reads.</param>
/// <param name="Width">Numbers of its vectors.</param>
public sealed record InspectedTower(string Name, IReadOnlyList<string> Fields, int Width);

/// <param name="File">The file.</param>
/// <param name="Rows">Rows that have weights.</param>
/// <param name="Dim">Factors of a row, padded.</param>
/// <param name="Precision">How factors are kept.</param>
/// <param name="WeightNorm">Length of all linear weights; null where there are none.</param>
/// <param name="FactorNorm">Length of all factors.</param>
public sealed record InspectedTable(string File, long Rows, int Dim, Precision Precision, double? WeightNorm, double? FactorNorm);

/// <param name="Name">Part and layer.</param>
/// <param name="Floats">How many, padding included.</param>
/// <param name="Norm">Their length.</param>
public sealed record InspectedDense(string Name, int Floats, double Norm);

/// <param name="File">The file.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Inputs">What it is to be given.</param>
/// <param name="Outputs">What it can be asked for.</param>
public sealed record InspectedOnnx(string File, long Bytes, IReadOnlyList<InspectedTensor> Inputs, IReadOnlyList<InspectedTensor> Outputs);

/// <param name="Name">Its name.</param>
/// <param name="Shape">Its dimensions; n is that of samples.</param>
public sealed record InspectedTensor(string Name, string Shape);
