using System.CommandLine;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Pipelines;
using MLPlatform.Core.Scheduling.Quotas;
using MLPlatform.Server.Alarms;

namespace MLPlatform.Cli.Pipelines;

/// <summary><c>mlp validate PATH…</c>: all that is wrong, without a server.</summary>
internal static class ValidateCommand
{
    private static readonly Argument<string[]> Paths = new("PATH") { Description = "Pipeline or resources files, or folders of them.", Arity = ArgumentArity.OneOrMore };
    private static readonly Option<string?> Sarif = new("--sarif") { Description = "Also write the problems as SARIF 2.1.0, which git hosts show beside the lines of a pull request.", HelpName = "FILE" };
    private static readonly Option<bool> Json = GlobalOptions.Json();

    public static Command Create()
    {
        Command command = new("validate", "Check pipeline and resources files and show every error with its place.") { Paths, Sarif, Json };
        command.SetAction(Validate);
        return command;
    }

    private static int Validate(ParseResult parsed)
    {
        ActivityCatalog catalog = Catalog.BuiltIn();
        IReadOnlyList<string> files = PipelineFiles.Find(parsed.GetValue(Paths)!);
        IReadOnlyCollection<string>? channels = ConfiguredChannels.Names();
        List<Checked> all = [.. files.Select(file => Check(file, catalog, channels))];
        if (parsed.GetValue(Sarif) is { } sarif)
            SarifLog.Write(sarif, [.. all.SelectMany(c => c.Diagnostics)]);
        if (parsed.GetValue(Json))
            Print.Json(all);
        else
            Show(all);
        return all.All(c => c.Valid) ? ExitCode.Done : ExitCode.Usage;
    }

    private static Checked Check(string file, ActivityCatalog catalog, IReadOnlyCollection<string>? channels)
    {
        byte[] utf8 = PipelineFiles.Read(file);
        if (ResourcesCompiler.Is(utf8))
        {
            (ResourcesFile? resources, IReadOnlyList<Diagnostic> problems) = ResourcesCompiler.Compile(utf8, file);
            return new Checked(file, resources is not null, null, null, problems, resources?.Pools.Count, resources?.Groups.Count);
        }
        CompileResult result = PipelineCompiler.Compile(utf8, file, catalog);
        return new Checked(file, result.Pipeline is not null, result.Pipeline?.Id, result.Pipeline?.Activities.Count,
            [.. result.Diagnostics, .. AlarmNames.Warnings(utf8, file, channels, datasets: null)]);
    }

    private static void Show(List<Checked> all)
    {
        foreach (Checked file in all)
        {
            foreach (Diagnostic diagnostic in file.Diagnostics)
                Console.Error.WriteLine(diagnostic);
            if (file.Valid && file.Pipeline is null)
                Console.WriteLine($"{file.File}: valid, resources of {Count(file.Pools ?? 0, "pool")} and {Count(file.Groups ?? 0, "group")}");
            else if (file.Valid)
                Console.WriteLine($"{file.File}: valid, pipeline {file.Pipeline}, {file.Activities} {(file.Activities == 1 ? "activity" : "activities")}");
        }
        int errors = all.Sum(f => f.Diagnostics.Count(d => d.Severity == DiagnosticSeverity.Error));
        if (errors > 0)
            Console.Error.WriteLine($"{errors} {(errors == 1 ? "error" : "errors")} in {all.Count(f => !f.Valid)} of {all.Count} {(all.Count == 1 ? "file" : "files")}");
    }

    private static string Count(int count, string noun) => $"{count} {noun}{(count == 1 ? "" : "s")}";

    private sealed record Checked(
        string File, bool Valid, string? Pipeline, int? Activities, IReadOnlyList<Diagnostic> Diagnostics, int? Pools = null, int? Groups = null);
}
