using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using MLPlatform.Core.Expressions;
using MLPlatform.Core.Plans;
using MLPlatform.Core.Runs;

namespace MLPlatform.Engine.Binding;

/// <summary>Says of each node of a plan whether an earlier result would be used, as far as that can be said before anything runs.</summary>
public sealed class CachePreviewer(NodeBinder binder)
{
    /// <param name="triggerJson">What would start the run.</param>
    /// <returns>A verdict for each node, by name.</returns>
    public async Task<IReadOnlyDictionary<string, CacheVerdict>> AskAsync(
        RunPlan plan, string triggerJson, DateTimeOffset logicalDate, CancellationToken cancel)
    {
        JsonObject trigger = JsonNode.Parse(triggerJson)!.AsObject();
        trigger["logicalDate"] = logicalDate.ToString("O", CultureInfo.InvariantCulture);
        ScopeSnapshot start = new()
        {
            Parameters = plan.Parameters,
            Trigger = JsonElement.Parse(trigger.ToJsonString()),
            Run = JsonElement.Parse(new JsonObject { ["pipeline"] = plan.Pipeline }.ToJsonString()),
            Activities = new Dictionary<string, ActivityFacts>(),
            Models = [],
        };
        Dictionary<string, ActivityFacts> known = [];
        Dictionary<string, CacheVerdict> verdicts = [];
        foreach (PlannedNode node in plan.Nodes)
            verdicts[node.Name] = await AskAsync(plan.Pipeline, node, start, known, cancel).ConfigureAwait(false);
        return verdicts;
    }

    private async Task<CacheVerdict> AskAsync(
        string pipeline, PlannedNode node, ScopeSnapshot start, Dictionary<string, ActivityFacts> known, CancellationToken cancel)
    {
        NodeTemplate template = new(node);
        if (!template.UsesCache)
            return new CacheVerdict.Miss(node.Cacheable ? "advanced.cache is off" : "results of this type are not kept");
        if (template.References.FirstOrDefault(r => NeedsRun(r) && !known.ContainsKey(r.Name)) is { } open)
            return new CacheVerdict.Unknown($"waits for {open.Name}");
        if (template.References.Any(r => r.Kind == ReferenceKind.Run))
            return new CacheVerdict.Unknown("reads the run's own facts");
        BindResult bound = await binder.BindAsync(new BindRequest
        {
            Node = node,
            Template = template,
            Pipeline = pipeline,
            IsInstance = false,
            Scope = start with
            {
                Activities = known,
                Models = [.. template.References.Where(r => r is { Kind: ReferenceKind.Model, Member: not null }).Select(r => (r.Name, r.Member!))],
            },
        }, cancel).ConfigureAwait(false);
        switch (bound)
        {
            case BindResult.Cached cached:
                known[node.Name] = new ActivityFacts(ActivityStatus.Cached, cached.Outputs);
                return new CacheVerdict.Hit(cached.Source);
            case BindResult.Ready ready:
                return new CacheVerdict.Miss(ready.Note ?? "no earlier result");
            case BindResult.Expand list:
                return new CacheVerdict.Unknown($"each of {list.Items.Count} instances is looked up when it starts");
            case BindResult.Open later:
                return new CacheVerdict.Unknown(later.Why);
            case BindResult.Skip:
                return new CacheVerdict.Miss("its condition is false: it is skipped");
            default:
                return new CacheVerdict.Miss(((BindResult.Failed)bound).Failure is var f ? $"{f.Code}: {f.Message}" : "");
        }
    }

    private static bool NeedsRun(Reference reference) => reference.Kind is ReferenceKind.Output or ReferenceKind.Status;
}
