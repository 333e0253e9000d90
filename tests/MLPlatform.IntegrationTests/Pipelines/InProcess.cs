using System.Text.Json;
using MLPlatform.Activities.Bees;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Expressions;
using MLPlatform.Core.Pipelines;
using MLPlatform.Core.Runs;
using MLPlatform.Tests.Tables;
using Xunit;

namespace MLPlatform.IntegrationTests.Pipelines;

/// <summary>
/// Runs a shipped pipeline one activity after the other in the test's own process: the file, the compiler, the
/// expressions and the activities are the product's, only the engine is left out.
/// </summary>
internal static class InProcess
{
    private static readonly ActivityCatalog Catalog = ActivityCatalog.FromAssemblies(typeof(CollectBees).Assembly);
    private static readonly ExpressionEvaluator Evaluator = new();

    /// <summary>The outputs of every activity, by name, and those of the pipeline, as <c>outputs</c>.</summary>
    public static async Task<Dictionary<string, JsonElement>> RunAsync(TestActivityContext context, string file, object parameters)
    {
        byte[] bytes = await File.ReadAllBytesAsync(Repository.File(file), TestContext.Current.CancellationToken);
        CompileResult compiled = PipelineCompiler.Compile(bytes, file, Catalog);
        Assert.True(compiled.Pipeline is not null, string.Join("\n", compiled.Diagnostics));
        Dictionary<string, JsonElement> done = [];
        ExpressionScope scope = new()
        {
            Parameters = JsonSerializer.SerializeToElement(parameters),
            Activities = name => done.TryGetValue(name, out JsonElement outputs) ? new ActivityFacts(ActivityStatus.Succeeded, outputs) : null,
        };
        // Control steps and the registry belong to the server.
        foreach (CompiledActivity activity in compiled.Pipeline!.Activities.Where(a => a.Descriptor.Placement == ActivityPlacement.Worker))
            done.Add(activity.Name, await RunAsync(context, activity, scope));
        done.Add("outputs", Evaluate(JsonSerializer.SerializeToElement(compiled.Pipeline.File.Outputs, ActivityJson.Options), scope));
        return done;
    }

    private static async Task<JsonElement> RunAsync(TestActivityContext context, CompiledActivity activity, ExpressionScope scope)
    {
        ActivityDescriptor descriptor = activity.Descriptor;
        object inputs = Evaluate(activity.Declaration.Inputs!.Value, scope).Deserialize(descriptor.InputsType, ActivityJson.Options)!;
        object instance = Activator.CreateInstance(descriptor.Implementation)!;
        Task task = (Task)typeof(TestActivityContext).GetMethod(nameof(TestActivityContext.RunAsync))!
            .MakeGenericMethod(descriptor.InputsType, descriptor.OutputsType!).Invoke(context, [instance, inputs, null])!;
        await task;
        object outputs = task.GetType().GetProperty("Result")!.GetValue(task)!;
        return JsonSerializer.SerializeToElement(outputs, descriptor.OutputsType!, ActivityJson.Options);
    }

    private static JsonElement Evaluate(JsonElement value, ExpressionScope scope) =>
        Evaluator.Evaluate(ExpressionTemplate.Parse(value), scope) switch
        {
            Evaluation<JsonElement>.Done result => result.Value,
            Evaluation<JsonElement>.Failed failed => throw new InvalidOperationException(failed.Failure.Message),
            _ => throw new InvalidOperationException("an evaluation is done or failed"),
        };
}
