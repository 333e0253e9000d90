using System.Text.Json;
using Microsoft.Extensions.Logging;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Expressions;
using MLPlatform.Core.Plans;
using MLPlatform.Core.Registry;
using MLPlatform.Core.Runs;
using MLPlatform.Engine.Artifacts;

namespace MLPlatform.Engine.Binding;

/// <summary>Evaluates a node's expressions and looks its result up in the cache.</summary>
public sealed partial class NodeBinder(
    ExpressionEvaluator expressions, CacheKeyer keys, IRunStore store, IModelRegistry models, IEnumerable<IInputResolver> resolvers, ILogger<NodeBinder> log)
{
    private readonly IInputResolver[] _resolvers = [.. resolvers];

    /// <summary>Whether an activity's inputs are filled in by the platform, so that it is not plain.</summary>
    internal bool IsResolved(PlannedNode node) => Resolver(node.Type, node.Inputs) is not null;

    internal async Task<BindResult> BindAsync(BindRequest request, CancellationToken cancel)
    {
        try
        {
            ExpressionScope scope = await ScopeAsync(request.Scope, cancel).ConfigureAwait(false);
            return request.InputsOnly
                ? await InputsAsync(request, scope, lookUp: false, cancel).ConfigureAwait(false)
                : await BindAsync(request, scope, cancel).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            return new BindResult.Failed(new Failure(FailureKind.Infrastructure, "ENG-016", "the server stopped while the inputs were being bound"));
        }
        catch (ActivityException told)
        {
            return new BindResult.Failed(new Failure(told.Kind, told.Code, told.Message));
        }
        catch (Exception error)
        {
            LogBroken(log, error, request.Pipeline, request.Node.Name);
            return new BindResult.Failed(new Failure(FailureKind.Infrastructure, "ENG-016", $"the inputs of {request.Node.Name} could not be bound: {error.Message}"));
        }
    }

    /// <summary>Evaluates a run's outputs. One that reads an activity without outputs is null; any other mistake is told.</summary>
    internal (JsonElement Outputs, Failure? Failure) EvaluateOutputs(OutputsRequest request)
    {
        Dictionary<string, JsonElement?> values = [];
        Failure? failure = null;
        ExpressionScope scope = Scope(request.Scope, new Dictionary<(string, string), JsonElement?>());
        foreach ((string name, ExpressionTemplate template) in request.Outputs)
        {
            bool readsNothing = template.References.Any(
                r => r.Kind == ReferenceKind.Output && request.Scope.Activities.TryGetValue(r.Name, out ActivityFacts facts) && !facts.Status.HasOutputs());
            values[name] = readsNothing ? null : Value(expressions.Evaluate(template, scope), name, ref failure);
        }
        return (JsonSerializer.SerializeToElement(values, BindingJson.Default.DictionaryStringNullableJsonElement), failure);
    }

    private static JsonElement? Value(Evaluation<JsonElement> evaluated, string name, ref Failure? failure)
    {
        if (evaluated is Evaluation<JsonElement>.Done done)
            return done.Value;
        Failure why = ((Evaluation<JsonElement>.Failed)evaluated).Failure;
        failure ??= why with { Message = $"output {name}: {why.Message}" };
        return null;
    }

    private async Task<BindResult> BindAsync(BindRequest request, ExpressionScope scope, CancellationToken cancel)
    {
        NodeTemplate template = request.Template;
        bool isGroup = template.ForEach is not null && !request.IsInstance;
        // A condition about the items is asked for each of them; any other is asked once, before the list.
        bool asksNow = template.When is not null && (request.IsInstance ? template.WhenReadsItem : !(isGroup && template.WhenReadsItem));
        if (asksNow)
        {
            Evaluation<bool> condition = expressions.EvaluateCondition(template.When!, scope);
            if (condition is Evaluation<bool>.Failed wrong)
                return new BindResult.Failed(wrong.Failure);
            if (condition is Evaluation<bool>.Done { Value: false })
                return new BindResult.Skip();
        }
        if (!isGroup)
            return await InputsAsync(request, scope, lookUp: true, cancel).ConfigureAwait(false);
        return expressions.EvaluateList(template.ForEach!, scope) switch
        {
            Evaluation<IReadOnlyList<JsonElement>>.Done list => new BindResult.Expand(list.Value),
            Evaluation<IReadOnlyList<JsonElement>>.Failed wrong => new BindResult.Failed(wrong.Failure),
            _ => throw new InvalidOperationException("an evaluation is done or failed"),
        };
    }

    private async Task<BindResult> InputsAsync(BindRequest request, ExpressionScope scope, bool lookUp, CancellationToken cancel)
    {
        JsonElement inputs = request.Node.Inputs;
        if (request.Template.Inputs is { } template)
        {
            Evaluation<JsonElement> evaluated = expressions.Evaluate(template, scope);
            if (evaluated is Evaluation<JsonElement>.Failed wrong)
                return new BindResult.Failed(wrong.Failure);
            inputs = ((Evaluation<JsonElement>.Done)evaluated).Value;
        }
        if (Resolver(request.Node.Type, inputs) is { } resolver)
        {
            if (request.Origin is null)
                return new BindResult.Open("what it takes from its source is decided when it starts");
            inputs = await resolver.ResolveAsync(request.Origin, inputs, cancel).ConfigureAwait(false);
        }
        if (!request.Template.UsesCache)
            return new BindResult.Ready(new BoundNode(inputs, null), null);
        CacheIdentity identity = await keys.KeyAsync(request.Node, inputs, cancel).ConfigureAwait(false);
        BoundNode bound = new(inputs, identity);
        if (!lookUp)
            return new BindResult.Ready(bound, null);
        if (request.Node.Cache == CacheMode.Refresh)
            return new BindResult.Ready(bound, "not cached: advanced.cache is refresh");
        if (request.Anew)
            return new BindResult.Ready(bound, "not cached: a person asked for it to run again");
        if (await store.FindCachedAsync(identity.Key, cancel).ConfigureAwait(false) is { } hit)
            return new BindResult.Cached(JsonElement.Parse(hit.OutputsJson), hit.Source);
        CacheRow? latest = await store.FindLatestCachedAsync(request.Pipeline, request.Node.Name, cancel).ConfigureAwait(false);
        return new BindResult.Ready(bound, "not cached: " + CacheKeyer.ExplainMiss(identity, latest));
    }

    private IInputResolver? Resolver(string type, JsonElement inputs) => Array.Find(_resolvers, r => r.Concerns(type, inputs));

    private async Task<ExpressionScope> ScopeAsync(ScopeSnapshot snapshot, CancellationToken cancel)
    {
        Dictionary<(string, string), JsonElement?> found = [];
        foreach ((string model, string alias) in snapshot.Models)
        {
            ModelVersion? version = await models.FindByAliasAsync(model, alias, cancel).ConfigureAwait(false);
            found[(model, alias)] = version is null ? null : JsonSerializer.SerializeToElement(version.Artifact, BindingJson.Default.ArtifactRef);
        }
        return Scope(snapshot, found);
    }

    private static ExpressionScope Scope(ScopeSnapshot snapshot, Dictionary<(string, string), JsonElement?> models) => new()
    {
        Parameters = snapshot.Parameters,
        Trigger = snapshot.Trigger,
        Run = snapshot.Run,
        Activities = name => snapshot.Activities.TryGetValue(name, out ActivityFacts facts) ? facts : null,
        Models = (model, alias) => models.GetValueOrDefault((model, alias)),
        Item = snapshot.Item,
        Index = snapshot.Index,
    };

    [LoggerMessage(1301, LogLevel.Error, "ENG-016 The inputs of {Pipeline}/{Activity} could not be bound")]
    private static partial void LogBroken(ILogger logger, Exception error, string pipeline, string activity);
}
