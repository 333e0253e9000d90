using System.CommandLine;
using MLPlatform.Core.Pipelines;
using MLPlatform.Core.Pipelines.Import;

namespace MLPlatform.Cli.Pipelines;

/// <summary><c>mlp import wfcommons FILE</c>: a workflow of another system as a pipeline file, without a server.</summary>
internal static class ImportCommand
{
    private static readonly Argument<string> Source = new("FILE") { Description = "A WfCommons instance (WfFormat 1.5)." };
    private static readonly Option<string?> Output = new("--output", "-o") { Description = "Where to write the pipeline. Default: standard output.", HelpName = "FILE" };
    private static readonly Option<string?> Id = new("--id") { Description = "The pipeline's id. Default: made from the instance's name." };
    private static readonly Option<double> Scale = new("--scale") { Description = "What run times are multiplied with.", DefaultValueFactory = _ => 1 };
    private static readonly Option<string> Task = Choice.Of("--task", "What a task becomes; one that waits does so for its run time and holds a core.", WfCommonsTask.Wait);

    public static Command Create()
    {
        Command command = new("wfcommons", "Turn a WfCommons workflow into a pipeline with one activity for each task. Run it with 'mlp run FILE --slots N'.")
        {
            Source, Output, Id, Scale, Task,
        };
        command.SetAction(Import);
        return new Command("import", "Turn workflows of other systems into pipeline files.") { command, Elsa.ElsaCommands.CreateImport() };
    }

    private static int Import(ParseResult parsed)
    {
        string file = PipelineFiles.Find([parsed.GetValue(Source)!])[0];
        ImportResult result = WfCommonsImport.Read(PipelineFiles.Read(file), file, new WfCommonsOptions
        {
            Id = parsed.GetValue(Id),
            Scale = parsed.GetValue(Scale),
            Task = parsed.Get<WfCommonsTask>(Task),
        });
        foreach (Diagnostic diagnostic in result.Diagnostics)
            Console.Error.WriteLine(diagnostic);
        if (result.Pipeline is null)
            return ExitCode.Usage;
        if (parsed.GetValue(Output) is { } output)
        {
            File.WriteAllBytes(output, result.Pipeline);
            Console.WriteLine($"Wrote {output}");
        }
        else
        {
            using Stream standard = Console.OpenStandardOutput();
            standard.Write(result.Pipeline);
        }
        return ExitCode.Done;
    }
}
