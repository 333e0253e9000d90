using System.CommandLine;
using System.Text.Json;
using MLPlatform.Cli.Connection;
using MLPlatform.Cli.Pipelines;
using MLPlatform.Cli.Runs;
using MLPlatform.Core.Pipelines;
using MLPlatform.Core.Sweeps;
using MLPlatform.Server.Sweeps;

namespace MLPlatform.Cli.Sweeps;

/// <summary><c>mlp sweep FILE</c>: starts a sweep and stays until it has ended.</summary>
internal static class SweepCommand
{
    private static readonly Argument<string> File = new("FILE") { Description = "A sweep file." };
    private static readonly Option<string[]> Parameters = new("--parameter", "-p")
    {
        Description = "A parameter of all trials as NAME=VALUE, over the file's; may be repeated. A relative path given for a parameter with format path belongs to the current folder.",
        HelpName = "NAME=VALUE",
    };
    private static readonly Option<bool> Watch = new("--watch", "-w") { Description = "Show how far it is while it runs." };
    private static readonly Option<bool> Detach = new("--detach", "-d") { Description = "Print the sweep's id and do not wait; needs a server." };
    private static readonly Option<bool> Check = new("--check") { Description = "Only check the file." };
    private static readonly Option<string?> Key = new("--idempotency-key") { Description = "Starts one sweep however often the command is repeated with it.", HelpName = "KEY" };
    private static readonly Option<int?> Slots = new("--slots") { Description = "Cores to give out, where this command runs the platform itself. Default: all of this machine's.", HelpName = "N" };
    private static readonly Option<bool> Json = GlobalOptions.Json();

    public static Command Create()
    {
        Command command = new("sweep", "Search the parameters of a pipeline, and wait for the end of the search.") { File, Parameters, Watch, Detach, Check, Key, Slots, Json };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancel)
    {
        StartSweepRequest request = Request(parsed.GetValue(File)!, parsed.GetValue(Parameters) ?? []);
        if (parsed.GetValue(Check))
        {
            Console.WriteLine($"{parsed.GetValue(File)}: valid");
            return ExitCode.Done;
        }
        bool json = parsed.GetValue(Json);
        await using PlatformConnection platform = await PlatformConnection.OpenAsync(parsed, Purpose.Stay, cancel, parsed.GetValue(Slots));
        if (parsed.GetValue(Detach) && platform.IsEmbedded)
            throw CliException.Usage("CLI-008", "Nobody would carry the sweep on: no server runs.", "Start 'mlp serve' first, or leave --detach out.");
        SweepDetail sweep = await platform.Client.PostAsync<SweepDetail>("api/v1/sweeps", request, cancel, parsed.GetValue(Key));
        if (!parsed.GetValue(Detach))
            return await SweepFollowing.FollowAsync(platform, sweep.Id, json, parsed.GetValue(Watch), cancel);
        if (json)
            Print.Json(sweep);
        else
            Console.WriteLine(sweep.Id);
        return ExitCode.Done;
    }

    private static StartSweepRequest Request(string path, string[] parameters)
    {
        byte[] bytes = PipelineFiles.Read(path);
        (SweepFile? file, IReadOnlyList<Diagnostic> problems) = SweepRules.Read(bytes, path);
        foreach (Diagnostic problem in problems)
            Console.Error.WriteLine(problem);
        if (file is null)
            throw CliException.Usage("SWEEP-010", $"'{path}' is not right; see above.", "docs/sweeps.md tells what a sweep file holds.");
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        return new StartSweepRequest(
            JsonSerializer.SerializeToElement(System.Text.Encoding.UTF8.GetString(bytes)), path, folder,
            file.File is { } pipeline ? PipelineFiles.Source(Path.GetFullPath(pipeline, folder)) : null, RunCommand.ParametersOf(parameters), Environment.CurrentDirectory);
    }
}
