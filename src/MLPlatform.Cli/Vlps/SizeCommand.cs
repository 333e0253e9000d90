using System.CommandLine;
using System.Globalization;
using MLPlatform.Vlps;
using MLPlatform.Vlps.Tables;

namespace MLPlatform.Cli.Vlps;

/// <summary><c>mlp vlps size</c>: what an embedding table will take, before it is made.</summary>
internal static class SizeCommand
{
    private static readonly Option<long> Features = new("--features") { Description = "Ids that have a row.", Required = true };
    private static readonly Option<int> Dim = new("--dim") { Description = "Factors of a row.", DefaultValueFactory = _ => 16 };
    private static readonly Option<string> Rounding = Choice.Of("--precision", "How factors are kept.", Precision.BFloat16);
    private static readonly Option<string> Optimizer = Choice.Of("--optimizer", "Whose state rows keep.", RowOptimizer.Adagrad);
    private static readonly Option<bool> NoLinear = new("--no-linear") { Description = "Rows have no linear weight." };
    private static readonly Option<long> Counted = new("--counted") { Description = "Ids that are only counted, until they are admitted." };
    private static readonly Option<int> MachineGib = new("--machine-gib") { Description = "Memory of one machine in GiB, of which the table gets four fifths.", DefaultValueFactory = _ => 256 };
    private static readonly Option<long> Fleet = new("--fleet") { Description = "Features that the machines are counted for.", DefaultValueFactory = _ => 30_000_000_000 };
    private static readonly Option<bool> Json = GlobalOptions.Json();

    private const double Share = 0.8;

    public static Command Create()
    {
        Command command = new("size", "Say what an embedding table will take in memory, as a checkpoint and for serving.")
        {
            Features, Dim, Rounding, Optimizer, NoLinear, Counted, MachineGib, Fleet, Json,
        };
        command.SetAction(Run);
        return command;
    }

    private static int Run(ParseResult parsed)
    {
        try
        {
            var layout = new RowLayout(parsed.GetValue(Dim), parsed.Get<Precision>(Rounding), parsed.Get<RowOptimizer>(Optimizer), !parsed.GetValue(NoLinear));
            var size = new TableSize(layout, parsed.GetValue(Features), parsed.GetValue(Counted));
            long fleet = parsed.GetValue(Fleet), gib = parsed.GetValue(MachineGib);
            if (fleet < 0 || gib < 1)
                throw new VlpsException(VlpsProblem.Option, "--fleet must be 0 or above and --machine-gib at least 1");
            Show(parsed.GetValue(Json), size, fleet, gib, TableSize.Machines(layout, fleet, gib << 30, Share));
            return 0;
        }
        catch (VlpsException problem)
        {
            throw CliException.Usage("CLI-001", problem.Message);
        }
    }

    private static void Show(bool json, TableSize size, long fleet, long gib, long machines)
    {
        if (json)
        {
            Print.Json(new
            {
                size.Features,
                rowBytes = size.Layout.Bytes,
                size.BytesAFeature,
                size.IndexBytes,
                allRowBytes = size.RowBytes,
                size.MemoryBytes,
                size.CheckpointBytes,
                size.KeyedFileBytes,
                fleetFeatures = fleet,
                machineGib = gib,
                machineShare = Share,
                machines,
            });
            return;
        }
        Print.Table(["WHAT", "TAKES"],
        [
            ["a row", string.Create(CultureInfo.InvariantCulture, $"{size.Layout.Bytes} bytes (dim {size.Layout.Dim}, {size.Layout.Precision}, {size.Layout.Optimizer})")],
            ["a feature with its index", string.Create(CultureInfo.InvariantCulture, $"{size.BytesAFeature:0.0} bytes")],
            ["index", Print.Bytes(size.IndexBytes)],
            ["rows", Print.Bytes(size.RowBytes)],
            ["memory", Print.Bytes(size.MemoryBytes)],
            ["full checkpoint", Print.Bytes(size.CheckpointBytes)],
            ["file for serving", Print.Bytes(size.KeyedFileBytes)],
            [string.Create(CultureInfo.InvariantCulture, $"machines for {fleet:N0} features"), string.Create(CultureInfo.InvariantCulture, $"{machines} of {gib} GiB, {Share:P0} of each for the table")],
        ]);
    }
}
