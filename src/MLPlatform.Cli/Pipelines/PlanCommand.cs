using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using MLPlatform.Cli.Connection;
using MLPlatform.Cli.Runs;
using MLPlatform.Core.Pipelines;
using MLPlatform.Core.Plans;
using MLPlatform.Server.Hosting;
using MLPlatform.Server.Plans;
using MLPlatform.Server.Runs;

namespace MLPlatform.Cli.Pipelines;

/// <summary><c>mlp plan FILE|PIPELINE</c>: what a run would do. Without a home folder or a server the cache is left out.</summary>
internal static class PlanCommand
{
    private static readonly Argument<string> What = new("FILE|PIPELINE") { Description = "A pipeline file, or the name of a registered pipeline." };
    private static readonly Option<string[]> Parameters = new("--parameter", "-p") { Description = "A parameter as NAME=VALUE; may be repeated.", HelpName = "NAME=VALUE" };
    private static readonly Option<string?> LogicalDate = new("--logical-date") { Description = "The date the run is about. Default: now.", HelpName = "ISO-8601" };
    private static readonly Option<bool> Offline = new("--offline") { Description = "Ask neither a server nor the home folder: no word on the cache." };
    private static readonly Option<bool> Json = GlobalOptions.Json();

    public static Command Create()
    {
        Command command = new("plan", "Show what a run would do: order, cache, resources and critical path.") { What, Parameters, LogicalDate, Offline, Json };
        command.SetAction(PlanAsync);
        return command;
    }

    private static async Task<int> PlanAsync(ParseResult parsed, CancellationToken cancel)
    {
        StartRequest request = RunCommand.Request(parsed.GetValue(What)!, parsed.GetValue(Parameters) ?? [], parsed.GetValue(LogicalDate));
        PlanView plan;
        if (parsed.GetValue(Offline) || !KnowsMore(parsed))
            plan = PlanHere(request);
        else
        {
            await using PlatformConnection platform = await PlatformConnection.OpenAsync(parsed, Purpose.Read, cancel);
            plan = await platform.Client.PostAsync<PlanView>("api/v1/plan", request, cancel);
        }
        if (parsed.GetValue(Json))
            Print.Json(plan);
        else
            Show(plan);
        return ExitCode.Done;
    }

    private static bool KnowsMore(ParseResult parsed)
    {
        string home = GlobalOptions.HomeOf(parsed);
        return GlobalOptions.ServerOf(parsed) is not null || ServerFile.FindLive(home) is not null || File.Exists(Path.Combine(home, "mlp.db"));
    }

    private static PlanView PlanHere(StartRequest request)
    {
        if (request.File is null)
            throw CliException.Usage("CLI-017", $"'{request.Pipeline}' is no file, and there is no server or home folder that could know a pipeline of that name.");
        byte[] utf8 = PipelineFiles.Read(request.File.FileName!);
        CompileResult compiled = PipelineCompiler.Compile(utf8, request.File.FileName!, Catalog.BuiltIn());
        if (compiled.Pipeline is null)
            throw Refused("CLI-018", "The pipeline has errors.", compiled.Diagnostics);
        PlanResult planned = RunPlanner.Plan(compiled.Pipeline, new PlanRequest
        {
            Parameters = request.Parameters ?? JsonElement.Parse("{}"),
            Trigger = JsonElement.Parse("""{"type":"manual"}"""),
            LogicalDate = request.LogicalDate ?? TimeProvider.System.GetUtcNow(),
            Folder = request.File.Folder,
            CallerFolder = request.WorkingFolder,
        });
        return planned.Plan is null
            ? throw Refused("CLI-019", "The parameters do not fit the pipeline.", planned.Diagnostics)
            : PlanView.From(planned.Plan, new PlanKnowledge());
    }

    private static CliException Refused(string code, string message, IReadOnlyList<Diagnostic> diagnostics) =>
        CliException.Usage(code, message + string.Concat(diagnostics.Select(d => Environment.NewLine + d)));

    private static void Show(PlanView plan)
    {
        Print.Table(["LEVEL", "ACTIVITY", "TYPE", "AFTER", "CPU", "MEMORY", "SECONDS", "CRITICAL", "CACHE"], plan.Nodes.Select(n => new[]
        {
            $"{n.Level}", n.Name + (n.ForEach ? "[…]" : ""), n.Type, string.Join(", ", n.DependsOn), Number(n.Resources.Cpu), Memory(n.Resources.MemoryBytes),
            n.SecondsKnown ? Number(n.Seconds) : "?", n.Critical ? "yes" : "", Cache(n),
        }));
        Console.WriteLine();
        int hits = plan.Nodes.Count(n => n.Cache == "hit");
        string cached = hits > 0 ? $", {hits} of them from the cache" : "";
        Console.WriteLine($"{plan.Nodes.Count} activities in {plan.Levels} levels{cached}; at most {Number(plan.Peak.Cpu)} {(plan.Peak.Cpu == 1 ? "core" : "cores")} and {Memory(plan.Peak.MemoryBytes)} memory at once where there is room for all.");
        string length = plan.Nodes.Any(n => n.SecondsKnown) ? $", {Number(plan.CriticalSeconds)} of {Number(plan.TotalSeconds)} seconds, activities never run counted as one" : "";
        Console.WriteLine($"Critical path: {string.Join(" -> ", plan.CriticalPath)}{length}.");
    }

    private static string Cache(PlanNodeView node) =>
        $"{node.Cache}: {(node.CacheNote.StartsWith("not cached: ", StringComparison.Ordinal) ? node.CacheNote["not cached: ".Length..] : node.CacheNote)}";

    private static string Number(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);

    private static string Memory(long bytes) => bytes == 0 ? "undeclared" : Print.Bytes(bytes);
}
