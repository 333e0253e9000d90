using System.CommandLine;
using System.Globalization;
using MLPlatform.Cli.Connection;
using MLPlatform.Core.Scheduling.Score;
using MLPlatform.Server.Runs;

namespace MLPlatform.Cli.Runs;

/// <summary><c>mlp runs score</c> and <c>mlp pipelines score</c></summary>
internal static class ScoreCommands
{
    private static readonly Argument<string> Pipeline = new("PIPELINE") { Description = "A pipeline that has run." };
    private static readonly Option<bool> Json = GlobalOptions.Json();

    public static Command OfRun()
    {
        Command command = new("score", "Tell how well a run asked for what it used, and what to ask for instead.") { RunArgument.Run, Json };
        command.SetAction(async (parsed, cancel) =>
        {
            await using PlatformConnection platform = await PlatformConnection.OpenAsync(parsed, Purpose.Read, cancel);
            Guid run = await RunArgument.ResolveAsync(parsed, platform.Client, cancel);
            RunScore score = await platform.Client.GetAsync<RunScore>($"api/v1/runs/{run}/score", cancel);
            if (parsed.GetValue(Json))
                Print.Json(score);
            else
                Show(score);
            return ExitCode.Done;
        });
        return command;
    }

    public static Command OfPipeline()
    {
        Command command = new("score", "Tell how well a pipeline asks, over its last 20 runs.") { Pipeline, Json };
        command.SetAction(async (parsed, cancel) =>
        {
            await using PlatformConnection platform = await PlatformConnection.OpenAsync(parsed, Purpose.Read, cancel);
            PipelineScore score = await platform.Client.GetAsync<PipelineScore>($"api/v1/pipelines/{Uri.EscapeDataString(parsed.GetValue(Pipeline)!)}/score", cancel);
            if (parsed.GetValue(Json))
            {
                Print.Json(score);
                return ExitCode.Done;
            }
            Console.WriteLine($"{Print.Harmless(score.Pipeline)}: {Figure(score.Score)} over {score.Runs} runs");
            if (score.Activities.Count > 0)
                Print.Table(["ACTIVITY", "SCORE", "ATTEMPTS"], score.Activities.Select(a => new[] { a.Activity, Figure(a.Score), $"{a.Attempts}" }));
            return ExitCode.Done;
        });
        return command;
    }

    private static void Show(RunScore score)
    {
        if (score.Score is null)
        {
            Console.WriteLine("Nothing of it has ended that asks for resources, so there is no score.");
            return;
        }
        Console.WriteLine($"{Print.Harmless(score.Pipeline)}: {Figure(score.Score)} of 100");
        Print.Table(["ACTIVITY", "PART", "WEIGHT", "VALUE", "ADVICE"], score.Activities.SelectMany(a => a.Parts.Select((part, i) => new[]
        {
            i == 0 ? $"{a.Activity} {Figure(a.Score)}" : "", Word(part.Aspect), part.Weight.ToString("0.0#", CultureInfo.InvariantCulture),
            part.Value is { } value ? value.ToString("0.00", CultureInfo.InvariantCulture) : "unknown", part.Advice,
        })));
    }

    private static string Word(ScoreAspect aspect) => aspect switch
    {
        ScoreAspect.RunTime => "run time",
        ScoreAspect.Cpu => "cores",
        ScoreAspect.Gpu => "GPUs",
        _ => aspect.ToString().ToLowerInvariant(),
    };

    private static string Figure(double? score) => score?.ToString("0.0", CultureInfo.InvariantCulture) ?? "no score";
}
