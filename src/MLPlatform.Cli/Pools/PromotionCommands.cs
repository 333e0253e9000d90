using System.CommandLine;
using MLPlatform.Cli.Connection;
using MLPlatform.Cli.Quotas;
using MLPlatform.Core.Scheduling.Promotions;
using MLPlatform.Server.Pools;

namespace MLPlatform.Cli.Pools;

/// <summary><c>mlp pools promotions list|accept|refuse|revoke</c></summary>
internal static class PromotionCommands
{
    private static readonly Argument<Guid> Promotion = new("PROMOTION") { Description = "A promotion." };
    private static readonly Option<string?> Pipeline = new("--pipeline") { Description = "Only those of this pipeline." };
    private static readonly Option<PromotionState?> State = new("--state") { Description = "Only those that are proposed, inForce, refused, revoked or done." };
    private static readonly Option<bool> Json = GlobalOptions.Json();

    public static Command Create() => new("promotions", "Pipelines that move between pools, by the rules of the resources file.")
    {
        List(),
        Act("accept", "Accept what is proposed."),
        Act("refuse", "Refuse what is proposed."),
        Act("revoke", "Take a promotion back."),
    };

    private static Command List() => QuotaCommand.Do(new Command("list", "Show promotions, newest first.") { Pipeline, State, Json }, Purpose.Read, async (parsed, client, cancel) =>
    {
        List<PromotionView> all = await client.GetAsync<List<PromotionView>>("api/v1/pool-promotions?limit=100"
            + (parsed.GetValue(Pipeline) is { } pipeline ? $"&pipeline={Uri.EscapeDataString(pipeline)}" : "") + (parsed.GetValue(State) is { } state ? $"&state={state}" : ""), cancel);
        if (parsed.GetValue(Json))
            Print.Json(all);
        else
            Print.Table(["PROMOTION", "PIPELINE", "FROM", "TO", "STATE", "BY", "AT", "REASONS"], all.Select(p => new[]
            {
                p.Id.ToString(), p.Pipeline, p.From, p.To, Word(p), p.DecidedBy ?? "", Print.Time(p.DecidedAt ?? p.ProposedAt), p.Reasons,
            }));
    });

    private static Command Act(string act, string description) => QuotaCommand.Do(new Command(act, description) { Promotion, Json }, Purpose.Read, async (parsed, client, cancel) =>
    {
        PromotionView now = await client.PostAsync<PromotionView>($"api/v1/pool-promotions/{parsed.GetValue(Promotion)}/{act}", null, cancel);
        if (parsed.GetValue(Json))
            Print.Json(now);
        else
            Console.WriteLine($"{now.Id}: {Print.Harmless(now.Pipeline)} from {Print.Harmless(now.From)} to {Print.Harmless(now.To)} is {Word(now)}");
    });

    private static string Word(PromotionView p) => (p.State switch { PromotionState.InForce => "in force", var other => $"{other}".ToLowerInvariant() }) + (p.Undoes is null ? "" : " (demotion)");
}
