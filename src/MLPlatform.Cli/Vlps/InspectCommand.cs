using System.CommandLine;
using System.Globalization;
using MLPlatform.Vlps;
using MLPlatform.Vlps.Models;

namespace MLPlatform.Cli.Vlps;

/// <summary><c>mlp vlps inspect</c>: what is in a model folder.</summary>
internal static class InspectCommand
{
    private static readonly Argument<string> Folder = new("FOLDER") { Description = "A model folder, as 'mlp artifacts get' writes it." };
    private static readonly Option<bool> Json = GlobalOptions.Json();

    public static Command Create()
    {
        Command command = new("inspect", "Say what is in a model folder: fields, rows, dense weights, the ONNX file, metrics. All of it is read, so damage shows.") { Folder, Json };
        command.SetAction(Run);
        return command;
    }

    private static int Run(ParseResult parsed)
    {
        string folder = parsed.GetValue(Folder)!;
        if (!Directory.Exists(folder))
            throw CliException.Usage("CLI-006", $"There is no folder '{folder}'.", "'mlp artifacts get HASH --to FOLDER' writes a model's folder.");
        try
        {
            ModelInspection model = ModelInspection.Of(folder);
            if (parsed.GetValue(Json))
                Print.Json(model);
            else
                Show(model);
            return ExitCode.Done;
        }
        catch (VlpsException problem)
        {
            throw CliException.Usage("ML-008", $"'{folder}' cannot be read: {problem.Message}.");
        }
    }

    private static void Show(ModelInspection model)
    {
        ModelDescription description = model.Description;
        List<IReadOnlyList<string>> about =
        [
            ["kind", description.Kind],
            ["label", description.Label.Column + (description.Label.Positive.Count == 0 ? "" : $" in {string.Join(", ", description.Label.Positive)}")],
            ["size", Print.Bytes(model.Bytes)],
            ["calibration", description.Calibration is { } curve ? string.Create(CultureInfo.InvariantCulture, $"{curve.Method.ToString().ToLowerInvariant()}, fitted to {curve.Rows:N0} rows, {curve.Knots.Count} {(curve.Knots.Count == 1 ? "knot" : "knots")}, slope {curve.Slope:0.####}") : "none"],
            .. model.Towers.Select(t => (IReadOnlyList<string>)["tower", string.Create(CultureInfo.InvariantCulture, $"{t.Name}: {string.Join(", ", t.Fields)}, {t.Width} numbers")]),
            .. description.Items is { } items ? [["items", string.Create(CultureInfo.InvariantCulture, $"{items.Count:N0} by {items.Key}")]] : Array.Empty<IReadOnlyList<string>>(),
            .. description.Network is { } network ? GoesOn(network) : [],
            .. description.Metrics.Select(m => (IReadOnlyList<string>)[m.Key, m.Value.ToString("0.#####", CultureInfo.InvariantCulture)]),
        ];
        Print.Table(["WHAT", "IS"], about);
        Console.WriteLine();
        Print.Table(["FIELD", "KIND", "DIM", "ROWS IN"], model.Fields.Select(f => (IReadOnlyList<string>)[f.Name, f.Kind, f.Dim?.ToString(CultureInfo.InvariantCulture) ?? "", f.Rows]));
        if (model.Tables.Count > 0)
        {
            Console.WriteLine();
            Print.Table(["ROWS", "HOW MANY", "DIM", "PRECISION", "NORM OF WEIGHTS", "NORM OF FACTORS"], model.Tables.Select(t => (IReadOnlyList<string>)
                [t.File, t.Rows.ToString("N0", CultureInfo.InvariantCulture), t.Dim.ToString(CultureInfo.InvariantCulture), t.Precision.ToString(), Norm(t.WeightNorm), Norm(t.FactorNorm)]));
        }
        if (model.Dense.Count > 0)
        {
            Console.WriteLine();
            Print.Table(["DENSE WEIGHTS", "FLOATS", "NORM"], model.Dense.Select(d => (IReadOnlyList<string>)[d.Name, d.Floats.ToString("N0", CultureInfo.InvariantCulture), Norm(d.Norm)]));
        }
        if (model.Onnx is { } onnx)
            Show(onnx);
    }

    // What a training that goes on from it, and a deployment of the model before it, can do with the folder.
    private static IEnumerable<IReadOnlyList<string>> GoesOn(NetworkSection network)
    {
        yield return ["steps", network.Step.ToString("N0", CultureInfo.InvariantCulture)];
        yield return ["optimizers' state", network.State is null ? "left out, so no training can go on from it" : "kept"];
        if (network is { ChangedRows: { } changed, EvictedRows: { } evicted })
            yield return ["against the one before", string.Create(CultureInfo.InvariantCulture, $"{changed:N0} rows changed, {evicted:N0} evicted")];
    }

    private static void Show(InspectedOnnx onnx)
    {
        Console.WriteLine();
        Print.Table([$"IN {onnx.File}", "IS", "SHAPE"], [
            .. onnx.Inputs.Select(i => (IReadOnlyList<string>)[i.Name, "input", i.Shape]), .. onnx.Outputs.Select(o => (IReadOnlyList<string>)[o.Name, "output", o.Shape])]);
    }

    private static string Norm(double? value) => value?.ToString("0.####", CultureInfo.InvariantCulture) ?? "";
}
