using System.CommandLine;
using MLPlatform.Cli.Connection;
using MLPlatform.Core.Pipelines;
using MLPlatform.Server.Pipelines;

namespace MLPlatform.Cli.Pipelines;

/// <summary><c>mlp apply PATH…</c>: registers pipelines; their triggers are live from then on.</summary>
internal static class ApplyCommand
{
    private static readonly Argument<string[]> Paths = new("PATH") { Description = "Pipeline files, or folders of them.", Arity = ArgumentArity.OneOrMore };
    private static readonly Option<bool> Json = GlobalOptions.Json();

    public static Command Create()
    {
        Command command = new("apply", "Register pipelines, so that they can be run by name and by their triggers.") { Paths, Json };
        command.SetAction(ApplyAsync);
        return command;
    }

    private static async Task<int> ApplyAsync(ParseResult parsed, CancellationToken cancel)
    {
        // All are checked before the first is registered.
        IReadOnlyList<string> files = PipelineFiles.Find(parsed.GetValue(Paths)!);
        List<PipelineSource> sources = [.. files.Select(PipelineFiles.Source)];
        await using PlatformConnection platform = await PlatformConnection.OpenAsync(parsed, Purpose.Read, cancel);
        foreach (PipelineSource source in sources)
        {
            ValidationView checkedFile = await platform.Client.PostAsync<ValidationView>("api/v1/pipelines/validate", source, cancel);
            if (!checkedFile.Valid)
                throw CliException.Usage("CLI-007", $"Nothing was registered: {source.FileName} has errors.{string.Concat(checkedFile.Diagnostics.Select(d => Environment.NewLine + d))}");
            foreach (Diagnostic warning in checkedFile.Diagnostics)
                Console.Error.WriteLine(warning);
        }
        List<PipelineView> applied = [];
        foreach (PipelineSource source in sources)
            applied.Add(await platform.Client.PostAsync<PipelineView>("api/v1/pipelines", source, cancel));
        if (parsed.GetValue(Json))
            Print.Json(applied);
        else
            applied.ForEach(p => Console.WriteLine($"{p.Id}: revision {p.Revision}{(p.Paused ? ", paused" : "")}"));
        if (platform.IsEmbedded)
            Console.Error.WriteLine("No server runs, so triggers do not fire: start 'mlp serve'.");
        return ExitCode.Done;
    }
}
