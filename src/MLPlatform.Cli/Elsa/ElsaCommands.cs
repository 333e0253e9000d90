using System.CommandLine;
using System.Text.Json.Nodes;
using MLPlatform.Cli.Pipelines;
using MLPlatform.Core.Elsa;
using MLPlatform.Core.Pipelines;

namespace MLPlatform.Cli.Elsa;

/// <summary><c>mlp export elsa FILE</c> and <c>mlp import elsa FILE</c>: pipelines as Elsa 3 workflow definitions and back, without a server.</summary>
internal static class ElsaCommands
{
    private static readonly Argument<string> Pipeline = new("FILE") { Description = "A pipeline file." };
    private static readonly Argument<string> Definition = new("FILE") { Description = "An Elsa 3 workflow definition as JSON." };
    private static readonly Option<string?> Output = new("--out", "--output", "-o") { Description = "Where to write. Default: standard output.", HelpName = "FILE" };
    private static readonly Option<bool> Json = new("--json") { Description = "Print one JSON object: what came out, and what of it has no counterpart." };

    public static Command CreateExport()
    {
        Command command = new("elsa", "Write a pipeline as an Elsa 3 workflow definition; 'mlp import elsa' gives the same file back.") { Pipeline, Output, Json };
        command.SetAction(parsed =>
        {
            string file = parsed.GetValue(Pipeline)!;
            return Finish(parsed, ElsaMapping.Export(PipelineFiles.Read(file), file));
        });
        return command;
    }

    public static Command CreateImport()
    {
        Command command = new("elsa", "Turn an Elsa 3 workflow definition into a pipeline file; 'mlp export elsa' gives the same definition back.") { Definition, Output, Json };
        command.SetAction(parsed =>
        {
            string file = parsed.GetValue(Definition)!;
            return Finish(parsed, ElsaMapping.Import(PipelineFiles.Read(file), file, Catalog.BuiltIn()));
        });
        return command;
    }

    private static int Finish(ParseResult parsed, ElsaResult result)
    {
        string? output = parsed.GetValue(Output);
        if (output is not null && result.Text is not null)
            Write(output, result.Text);
        if (parsed.GetValue(Json))
            Print.Json(new Converted(result.Text is not null, output, output is null && result.Text is not null ? JsonNode.Parse(result.Text) : null, result.Diagnostics));
        else
            Show(output, result);
        return result.Text is null ? ExitCode.Usage : ExitCode.Done;
    }

    private static void Show(string? output, ElsaResult result)
    {
        foreach (Diagnostic diagnostic in result.Diagnostics)
            Console.Error.WriteLine(Print.Harmless(diagnostic.ToString()));
        if (result.Text is null)
            return;
        if (output is not null)
        {
            Console.WriteLine($"Wrote {output}");
            return;
        }
        using Stream standard = Console.OpenStandardOutput();
        standard.Write(result.Text);
    }

    private static void Write(string output, byte[] text)
    {
        try
        {
            File.WriteAllBytes(output, text);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CliException.Usage("CLI-006", $"'{output}' cannot be written: {e.Message}");
        }
    }

    /// <param name="Out">The file that was written.</param>
    /// <param name="Result">The JSON itself, where no file was to be written.</param>
    private sealed record Converted(bool Done, string? Out, JsonNode? Result, IReadOnlyList<Diagnostic> Diagnostics);
}
