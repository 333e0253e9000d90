using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using MLPlatform.Cli.Connection;
using MLPlatform.Cli.Pipelines;
using MLPlatform.Core.Pipelines;
using MLPlatform.Core.Scheduling;
using MLPlatform.Core.Scheduling.Quotas;
using MLPlatform.Core.Scheduling.Quotas.Clusters;
using MLPlatform.Executors.Kubernetes.Export;
using MLPlatform.Server.Quotas;

namespace MLPlatform.Cli.Kubernetes;

/// <summary><c>mlp export kueue [FILE]</c>: the quota tree as Kueue's or Volcano's objects.</summary>
internal static class ExportKueueCommand
{
    private static readonly Argument<string?> File = new("FILE") { Description = "A resources file. Default: the one that the server holds, with its expansions.", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Option<bool> Volcano = new("--volcano") { Description = "Write Volcano's queues instead." };
    private static readonly Option<string?> Cluster = new("--cluster") { Description = "Only the pools of this cluster. Default: the one that pools name; all pools where none names any.", HelpName = "NAME" };
    private static readonly Option<string[]> Namespace = new("--namespace") { Description = "A namespace whose jobs may queue; may be given again. Default: mlplatform.", HelpName = "NAME" };
    private static readonly Option<string> GpuResource = new("--gpu-resource") { Description = "What GPUs are asked for as.", HelpName = "RESOURCE", DefaultValueFactory = _ => "nvidia.com/gpu" };
    private static readonly Option<string[]> Toleration = new("--toleration") { Description = "A taint that work in these pools bears: key=value:Effect, key:Effect or key; may be given again.", HelpName = "TAINT" };
    private static readonly Option<string?> At = new("--at") { Description = "The instant whose expansions count, such as 2026-03-01T18:00:00Z. Default: now.", HelpName = "WHEN" };
    private static readonly Option<bool> Json = new("--json") { Description = "Print one JSON list rather than YAML documents; kubectl takes either." };

    public static Command Create()
    {
        Command command = new("kueue", "Write groups, quotas and pools as Kueue's Cohorts, queues, flavors and priorities, or as Volcano's queues.")
        {
            File, Volcano, Cluster, Namespace, GpuResource, Toleration, At, Json,
        };
        command.SetAction(ExportAsync);
        return command;
    }

    private static async Task<int> ExportAsync(ParseResult parsed, CancellationToken cancel)
    {
        ClusterExportSettings settings = SettingsOf(parsed);
        (ResourcesFile file, IReadOnlyList<Expansion> expansions) = parsed.GetValue(File) is { } path ? (Read(path), []) : await FetchAsync(parsed, cancel);
        ClusterExport export = parsed.GetValue(Volcano) ? VolcanoExport.Of(file, expansions, settings) : KueueExport.Of(file, expansions, settings);
        foreach (SettingsProblem problem in export.Problems)
            Console.Error.WriteLine($"error {problem.Code}: {Print.Harmless(problem.Message)}. {problem.Hint}");
        if (export.Problems.Count > 0)
            return ExitCode.Usage;
        foreach (string note in export.Notes)
            Console.Error.WriteLine($"note: {Print.Harmless(note)}");
        if (parsed.GetValue(Json))
            Print.Json(new JsonObject { ["apiVersion"] = "v1", ["kind"] = "List", ["items"] = new JsonArray([.. export.Objects]) });
        else
            Console.Write(ManifestText.Yaml(export.Objects.Select(o => ((string?)null, o))));
        return ExitCode.Done;
    }

    private static ClusterExportSettings SettingsOf(ParseResult parsed)
    {
        DateTimeOffset at = TimeProvider.System.GetUtcNow();
        if (parsed.GetValue(At) is { } text && !DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out at))
            throw CliException.Usage("CLI-001", $"--at {text} is no instant.", "Write one such as 2026-03-01T18:00:00Z.");
        string[] spaces = parsed.GetValue(Namespace) is { Length: > 0 } given ? [.. given.Distinct()] : ["mlplatform"];
        if (spaces.FirstOrDefault(s => ClusterNames.Dns(s) != s) is { } wrong)
            throw CliException.Usage("CLI-001", $"--namespace {wrong} is no namespace.", "Names on a cluster are lower-case letters, digits and '-', 63 at most.");
        return new ClusterExportSettings { Cluster = parsed.GetValue(Cluster), Namespaces = spaces, GpuResource = parsed.GetValue(GpuResource)!, Tolerations = parsed.GetValue(Toleration) ?? [], At = at };
    }

    private static ResourcesFile Read(string path) => Compile(PipelineFiles.Read(path), path);

    private static ResourcesFile Compile(ReadOnlyMemory<byte> utf8, string name)
    {
        (ResourcesFile? file, IReadOnlyList<Diagnostic> problems) = ResourcesCompiler.Compile(utf8, name);
        foreach (Diagnostic diagnostic in problems)
            Console.Error.WriteLine(diagnostic);
        return file ?? throw CliException.Usage("QUOTA-011", $"{name} has errors, so nothing was written.", "Each is told above.");
    }

    private static async Task<(ResourcesFile, IReadOnlyList<Expansion>)> FetchAsync(ParseResult parsed, CancellationToken cancel)
    {
        await using PlatformConnection platform = await PlatformConnection.OpenAsync(parsed, Purpose.Read, cancel);
        ResourcesView held = await platform.Client.GetAsync<ResourcesView>("api/v1/quotas/file", cancel);
        List<ExpansionView> expansions = await platform.Client.GetAsync<List<ExpansionView>>("api/v1/quotas/expansions?all=true", cancel);
        return (Compile(Encoding.UTF8.GetBytes(held.File!.Value.GetRawText()), "resources.json"), [.. expansions.Select(Of)]);
    }

    private static Expansion Of(ExpansionView e) => new(
        e.Id, e.Group, e.Pool, new Amount((long)Math.Round(e.More.Cpu * 1000), e.More.Memory, (long)Math.Round(e.More.Gpu * 1000)), e.From, e.Until, e.Reason, e.Approver, e.Source);
}
