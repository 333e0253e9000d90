using System.CommandLine;
using System.Text.Json.Nodes;
using MLPlatform.Cli.Pipelines;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Pipelines;
using MLPlatform.Core.Plans;
using MLPlatform.Executors.Kubernetes;
using MLPlatform.Executors.Kubernetes.Export;

namespace MLPlatform.Cli.Kubernetes;

/// <summary><c>mlp export kubernetes FILE</c>: manifests on standard output, the same each time.</summary>
internal static class ExportCommand
{
    private static readonly Argument<string> Pipeline = new("FILE") { Description = "A pipeline file." };
    private static readonly Option<string[]> Parameters = new("--parameter", "-p") { Description = "A parameter as NAME=VALUE; may be repeated.", HelpName = "NAME=VALUE" };
    private static readonly Option<string> Namespace = new("--namespace") { Description = "The namespace.", DefaultValueFactory = _ => "mlplatform" };
    private static readonly Option<string> Image = new("--image") { Description = "The image of what names none.", DefaultValueFactory = _ => "mlplatform-worker" };
    private static readonly Option<string> Claim = new("--claim") { Description = "The claim that holds the home folder.", DefaultValueFactory = _ => "mlplatform-home" };
    private static readonly Option<string> Mount = new("--mount") { Description = "Where the home folder is in pods.", DefaultValueFactory = _ => "/var/lib/mlplatform" };
    private static readonly Option<string> Admission = Choice.Of("--admission", "What admits on the cluster.", ClusterAdmission.None);
    private static readonly Option<string> Distributed = Choice.Of("--distributed", "What a distributed training becomes.", DistributedKind.JobSet);
    private static readonly Option<bool> Json = GlobalOptions.Json();

    public static Command Create()
    {
        Command kubernetes = new("kubernetes", "Write what the activities of a pipeline would become on a cluster.") { Pipeline, Parameters, Namespace, Image, Claim, Mount, Admission, Distributed, Json };
        kubernetes.SetAction(ExportPlan);
        return new Command("export", "Write what other systems understand.") { kubernetes, ExportKueueCommand.Create(), Elsa.ElsaCommands.CreateExport() };
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
            CallerFolder = Environment.CurrentDirectory,
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
            Write(parsed, PlanExport.Of(planned.Plan, cluster, parsed.GetValue(Mount)!, Catalog.BuiltIn()));
        }
        catch (ActivityException e)
        {
            throw CliException.Usage(e.Code, e.Message);
        }
        return ExitCode.Done;
    }

    private static void Write(ParseResult parsed, IReadOnlyList<(string? Comment, JsonObject Object)> objects)
    {
        if (parsed.GetValue(Json))
            Print.Json(new JsonObject { ["apiVersion"] = "v1", ["kind"] = "List", ["items"] = new JsonArray([.. objects.Select(o => o.Object)]) });
        else
            Console.Out.Write(ManifestText.Yaml(objects));
    }
}
