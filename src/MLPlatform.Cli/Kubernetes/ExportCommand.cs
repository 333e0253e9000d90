using System.CommandLine;
using System.Text.Json.Nodes;
using MLPlatform.Cli.Connection;
using MLPlatform.Cli.Pipelines;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Pipelines;
using MLPlatform.Core.Plans;
using MLPlatform.Core.Scheduling;
using MLPlatform.Core.Scheduling.Quotas;
using MLPlatform.Executors.Kubernetes;
using MLPlatform.Executors.Kubernetes.Export;
using MLPlatform.Server.Quotas;

namespace MLPlatform.Cli.Kubernetes;

/// <summary><c>mlp export kubernetes FILE</c>, <c>mlp export kueue|volcano [FILE]</c>: manifests on standard output, the same each time.</summary>
internal static class ExportCommand
{
    private static readonly Argument<string> Pipeline = new("FILE") { Description = "A pipeline file." };
    private static readonly Argument<string?> Resources = new("FILE") { Description = "A resources file. Default: the one that holds, with the expansions in force.", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Option<string[]> Parameters = new("--parameter", "-p") { Description = "A parameter as NAME=VALUE; may be repeated.", HelpName = "NAME=VALUE" };
    private static readonly Option<string> Namespace = new("--namespace") { Description = "The namespace.", DefaultValueFactory = _ => "mlplatform" };
    private static readonly Option<string> Image = new("--image") { Description = "The image of what names none.", DefaultValueFactory = _ => "mlplatform-worker" };
    private static readonly Option<string> Claim = new("--claim") { Description = "The claim that holds the home folder.", DefaultValueFactory = _ => "mlplatform-home" };
    private static readonly Option<string> Mount = new("--mount") { Description = "Where the home folder is in pods.", DefaultValueFactory = _ => "/var/lib/mlplatform" };
    private static readonly Option<string> Admission = Choice.Of("--admission", "What admits on the cluster.", ClusterAdmission.None);
    private static readonly Option<string> Distributed = Choice.Of("--distributed", "What a distributed training becomes.", DistributedKind.JobSet);
    private static readonly Option<string?> Cluster = new("--cluster") { Description = "Only pools that run on this cluster. Default: those that run on any.", HelpName = "NAME" };
    private static readonly Option<bool> Json = GlobalOptions.Json();

    public static Command Create()
    {
        Command kubernetes = new("kubernetes", "Write what the activities of a pipeline would become on a cluster.") { Pipeline, Parameters, Namespace, Image, Claim, Mount, Admission, Distributed, Json };
        kubernetes.SetAction(ExportPlan);
        Command kueue = new("kueue", "Write the quota tree as queues of Kueue.") { Resources, Namespace, Cluster, Json };
        kueue.SetAction((parsed, cancel) => ExportQueuesAsync(parsed, (file, expansions, now) => QueueExport.ForKueue(file, expansions, now, parsed.GetValue(Namespace)!, parsed.GetValue(Cluster)), cancel));
        Command volcano = new("volcano", "Write the quota tree as queues of Volcano.") { Resources, Cluster, Json };
        volcano.SetAction((parsed, cancel) => ExportQueuesAsync(parsed, (file, expansions, now) => QueueExport.ForVolcano(file, expansions, now, parsed.GetValue(Cluster)), cancel));
        return new Command("export", "Write what other systems understand.") { kubernetes, kueue, volcano };
    }

    private static int ExportPlan(ParseResult parsed)
    {
        string file = parsed.GetValue(Pipeline)!;
        CompileResult compiled = PipelineCompiler.Compile(PipelineFiles.Read(file), file, Catalog.BuiltIn());
        if (compiled.Pipeline is null)
            throw CliException.Usage("CLI-018", "The pipeline has errors." + string.Concat(compiled.Diagnostics.Select(d => Environment.NewLine + d)));
        PlanResult planned = RunPlanner.Plan(compiled.Pipeline, new PlanRequest
        {
            Parameters = Runs.RunCommand.Request(file, parsed.GetValue(Parameters) ?? [], null).Parameters ?? System.Text.Json.JsonElement.Parse("{}"),
            Trigger = System.Text.Json.JsonElement.Parse("""{"type":"manual"}"""),
            LogicalDate = DateTimeOffset.UnixEpoch,
            Folder = Path.GetDirectoryName(Path.GetFullPath(file)),
        });
        if (planned.Plan is null)
            throw CliException.Usage("CLI-019", "The parameters do not fit the pipeline." + string.Concat(planned.Diagnostics.Select(d => Environment.NewLine + d)));
        ClusterSettings cluster = new()
        {
            Namespace = parsed.GetValue(Namespace)!,
            Image = parsed.GetValue(Image)!,
            Claim = parsed.GetValue(Claim)!,
            Admission = parsed.Get<ClusterAdmission>(Admission),
            Distributed = parsed.Get<DistributedKind>(Distributed),
        };
        try
        {
            Write(parsed, PlanExport.Of(planned.Plan, cluster, parsed.GetValue(Mount)!));
        }
        catch (ActivityException e)
        {
            throw CliException.Usage(e.Code, e.Message);
        }
        return ExitCode.Done;
    }

    private static async Task<int> ExportQueuesAsync(ParseResult parsed, Func<ResourcesFile, IReadOnlyList<Expansion>, DateTimeOffset, IReadOnlyList<JsonObject>> export, CancellationToken cancel)
    {
        (ResourcesFile file, IReadOnlyList<Expansion> expansions) = await ReadAsync(parsed, cancel);
        foreach (string lost in QueueExport.LeftOut(file))
            await Console.Error.WriteLineAsync($"not in what is written, and kept by the platform: {lost}");
        Write(parsed, [.. export(file, expansions, TimeProvider.System.GetUtcNow()).Select(o => ((string?)null, o))]);
        return ExitCode.Done;
    }

    private static async Task<(ResourcesFile File, IReadOnlyList<Expansion> Expansions)> ReadAsync(ParseResult parsed, CancellationToken cancel)
    {
        if (parsed.GetValue(Resources) is { } named)
            return (Compile(PipelineFiles.Read(named), named), []);
        await using PlatformConnection platform = await PlatformConnection.OpenAsync(parsed, Purpose.Read, cancel);
        ResourcesView holds = await platform.Client.GetAsync<ResourcesView>("api/v1/quotas/file", cancel);
        List<ExpansionView> expansions = await platform.Client.GetAsync<List<ExpansionView>>("api/v1/quotas/expansions", cancel);
        return (Compile(System.Text.Encoding.UTF8.GetBytes(holds.File!.Value.GetRawText()), "resources.json"), [.. expansions.Select(Read)]);
    }

    private static Expansion Read(ExpansionView e) => new(
        e.Id, e.Group, e.Pool, new Amount((long)Math.Round(e.More.Cpu * 1000), e.More.Memory, (long)Math.Round(e.More.Gpu * 1000)), e.From, e.Until, e.Reason, e.Approver, e.Source);

    private static ResourcesFile Compile(byte[] utf8, string name)
    {
        (ResourcesFile? file, IReadOnlyList<Diagnostic> problems) = ResourcesCompiler.Compile(utf8, name);
        return file ?? throw CliException.Usage("QUOTA-011", "The resources file has errors." + string.Concat(problems.Select(d => Environment.NewLine + d)));
    }

    private static void Write(ParseResult parsed, IReadOnlyList<(string? Comment, JsonObject Object)> objects)
    {
        if (parsed.GetValue(Json))
            Print.Json(new JsonObject { ["apiVersion"] = "v1", ["kind"] = "List", ["items"] = new JsonArray([.. objects.Select(o => o.Object)]) });
        else
            Console.Out.Write(ManifestText.Yaml(objects));
    }
}
