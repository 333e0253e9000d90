using System.Globalization;
using System.Reflection;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Options;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Deployments;
using MLPlatform.Server.Access;
using MLPlatform.Vlps;
using MLPlatform.Vlps.Models;
using MLPlatform.Vlps.Rows;

namespace MLPlatform.Server.Deployments;

/// <summary>The Open Inference Protocol v2 over HTTP. Its models are the deployments, its versions those that each serves.</summary>
internal static class InferenceEndpoints
{
    public static void MapInference(this IEndpointRouteBuilder app)
    {
        RouteGroupBuilder v2 = app.MapGroup("/v2").WithTags("Inference").RequireAuthorization(Permissions.View);
        v2.MapGet("/", GetInferenceServer).WithName(nameof(GetInferenceServer)).WithSummary("The server, by the Open Inference Protocol v2.");
        v2.MapGet("/health/live", GetLive).WithName("InferenceLive").AllowAnonymous().WithSummary("Whether the server is live.");
        v2.MapGet("/health/ready", GetReady).WithName("InferenceReady").AllowAnonymous().WithSummary("Whether every deployment can answer.");
        v2.MapGet("/models/{name}", GetModel).WithName("GetInferenceModel").WithSummary("A deployment as a model: versions, inputs and outputs.");
        v2.MapGet("/models/{name}/versions/{version}", GetModelOfVersion).WithName("GetInferenceModelVersion").WithSummary("One version that a deployment serves.");
        v2.MapGet("/models/{name}/ready", GetModelReady).WithName("InferenceModelReady").WithSummary("Whether a deployment can answer.");
        v2.MapGet("/models/{name}/versions/{version}/ready", GetVersionReady).WithName("InferenceVersionReady").WithSummary("Whether a version can answer.");
        v2.MapPost("/models/{name}/infer", Infer).WithName(nameof(Infer)).Accepts<InferenceRequest>("application/json", "application/octet-stream").WithSummary("Score the rows that tensors hold, or find items for them, with the version that the parameter key falls on.");
        v2.MapPost("/models/{name}/versions/{version}/infer", InferWithVersion).WithName(nameof(InferWithVersion)).Accepts<InferenceRequest>("application/json", "application/octet-stream").WithSummary("Score, or find items, with one version that is served.");
    }

    private static Ok<InferenceServer> GetInferenceServer() => TypedResults.Ok(new InferenceServer(
        "mlplatform", typeof(InferenceEndpoints).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0], ["binary_tensor_data"]));

    private static Ok<InferenceLive> GetLive() => TypedResults.Ok(new InferenceLive(true));

    private static async Task<Results<Ok<InferenceReady>, JsonHttpResult<InferenceReady>>> GetReady(IServing serving, CancellationToken cancel)
    {
        return await serving.IsReadyAsync(cancel) ? TypedResults.Ok(new InferenceReady(true)) : TypedResults.Json(new InferenceReady(false), statusCode: 503);
    }

    private static Task<Results<Ok<InferenceModel>, JsonHttpResult<InferenceError>>> GetModel(string name, IServing serving, CancellationToken cancel) =>
        GetModelOfVersion(name, null, serving, cancel);

    private static Task<Results<Ok<InferenceModel>, JsonHttpResult<InferenceError>>> GetModelOfVersion(string name, string? version, IServing serving, CancellationToken cancel) =>
        WithAsync<InferenceModel>(name, version, serving, (served, only) =>
        {
            ModelFolder model = served.Find(only ?? served.Deployment.Spec.Champion)!;
            return (new InferenceModel(
                name, [.. served.Deployment.Spec.Versions().Distinct().Select(Text)], model.Description.Kind == ModelFolder.OnnxKind ? "onnxruntime_onnx" : "mlplatform_vlps",
                [.. model.AskedColumns.Select(c => InferenceTensors.Of(model.Features.Columns.First(f => f.Name == c)))], InferenceOutputs.Of(model)), null);
        }, cancel);

    private static Task<Results<Ok<InferenceModelReady>, JsonHttpResult<InferenceError>>> GetModelReady(string name, IServing serving, CancellationToken cancel) =>
        GetVersionReady(name, null, serving, cancel);

    private static Task<Results<Ok<InferenceModelReady>, JsonHttpResult<InferenceError>>> GetVersionReady(string name, string? version, IServing serving, CancellationToken cancel) =>
        WithAsync<InferenceModelReady>(name, version, serving, (_, _) => (new InferenceModelReady(name, true), null), cancel);

    private static Task<Results<Ok<InferenceAnswer>, BinaryAnswer, JsonHttpResult<InferenceError>>> Infer(
        string name, HttpRequest http, IServing serving, Scoring scoring, Finding finding, IOptions<ServingOptions> options, IOptions<JsonOptions> json, CancellationToken cancel) =>
        InferWithVersion(name, null, http, serving, scoring, finding, options, json, cancel);

    private static async Task<Results<Ok<InferenceAnswer>, BinaryAnswer, JsonHttpResult<InferenceError>>> InferWithVersion(
        string name, string? version, HttpRequest http, IServing serving, Scoring scoring, Finding finding, IOptions<ServingOptions> options, IOptions<JsonOptions> json, CancellationToken cancel)
    {
        (InferenceRequest? request, string? problem) = await InferenceBody.ReadAsync(http, json.Value.SerializerOptions, cancel);
        if (request is null)
            return Error(400, problem!);
        return (await InferAsync(name, version, request, serving, scoring, finding, options, cancel)).Result switch
        {
            Ok<InferenceAnswer> { Value: { } answer } when answer.Outputs.Any(o => InferenceBody.WantsBinary(request, o)) => new BinaryAnswer(answer, o => InferenceBody.WantsBinary(request, o)),
            Ok<InferenceAnswer> answer => answer,
            var other => (JsonHttpResult<InferenceError>)other,
        };
    }

    private static Task<Results<Ok<InferenceAnswer>, JsonHttpResult<InferenceError>>> InferAsync(
        string name, string? version, InferenceRequest request, IServing serving, Scoring scoring, Finding finding, IOptions<ServingOptions> options, CancellationToken cancel) =>
        WithAsync<InferenceAnswer>(name, version, serving, (served, only) =>
        {
            if (request.Id is { Length: 0 or > ScoreEndpoint.LongestId } id)
                return (null, $"SERVE-007 The request id has {id.Length} characters; it has 1 to {ScoreEndpoint.LongestId}.");
            string? key = request.Parameters?.GetValueOrDefault("key") is { ValueKind: JsonValueKind.String or JsonValueKind.Number } given ? given.ToString() : null;
            string asked = request.Id ?? Guid.CreateVersion7().ToString("N");
            ServingRoute route = served.Route(key ?? asked, only);
            ModelFolder model = served.Find(route.Version)!;
            string[] outputs = [.. InferenceOutputs.Of(model).Select(o => o.Name)];
            if (request.Outputs?.Any(o => !outputs.Contains(o?.Name)) == true)
                return (null, $"SERVE-007 The model gives {string.Join(" and ", outputs)} and nothing else.");
            ColumnBatch Read(ModelFolder of) => Batch(of, request.Inputs, options.Value.MaxRows);
            try
            {
                IReadOnlyList<AnswerTensor> answer = model.Towers.Count == 0
                    ? InferenceOutputs.Of(scoring.Score(served, asked, key, new ScoreWish(Only: only), Read, null))
                    : InferenceOutputs.Of(finding.Find(served, asked, key, only, MostOf(request), Read, null).Items);
                return (new InferenceAnswer(name, Text(route.Version), asked, [.. answer.Where(a => request.Outputs is not { Count: > 0 } some || some.Any(o => o.Name == a.Name))]), null);
            }
            catch (VlpsException e)
            {
                return (null, $"SERVE-007 The tensors do not fit the model: {e.Message}.");
            }
        }, cancel);

    private static int MostOf(InferenceRequest request) => request.Parameters?.TryGetValue("k", out JsonElement given) != true ? Finding.UsualItems
        : given.ValueKind == JsonValueKind.Number && given.TryGetInt32(out int k) && k is >= 1 and <= Finding.MostItems ? k
        : throw new VlpsException(VlpsProblem.Option, $"the parameter k is {given.GetRawText()}; it lies between 1 and {Finding.MostItems}");

    private static ColumnBatch Batch(ModelFolder model, IReadOnlyList<RequestTensor> tensors, int maxRows) =>
        InferenceTensors.Read(model.AskedColumns, tensors, maxRows) is (var batch, var problem) && batch is not null ? batch : throw new VlpsException(VlpsProblem.ColumnType, problem!);

    /// <summary>Answers with a deployment, and one of its versions where one is named.</summary>
    private static async Task<Results<Ok<T>, JsonHttpResult<InferenceError>>> WithAsync<T>(
        string name, string? version, IServing serving, Func<ServedDeployment, int?, (T? Answer, string? Problem)> answer, CancellationToken cancel)
        where T : class
    {
        try
        {
            using ServedDeployment? served = await serving.UseAsync(name, cancel);
            if (served is null)
                return Error(404, $"API-004 There is no deployment '{name}'.");
            int? only = version is null ? null : int.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : 0;
            if (only is { } wanted && served.Find(wanted) is null)
                return Error(404, $"API-004 The deployment '{name}' serves no version {version}; it serves {string.Join(", ", served.Deployment.Spec.Versions().Distinct().Select(Text))}.");
            (T? found, string? problem) = answer(served, only);
            return found is not null ? TypedResults.Ok(found) : Error(400, problem!);
        }
        catch (ActivityException e)
        {
            return Error(503, $"{e.Code} {e.Message}");
        }
    }

    private static string Text(int version) => version.ToString(CultureInfo.InvariantCulture);

    private static JsonHttpResult<InferenceError> Error(int status, string message) => TypedResults.Json(new InferenceError(message), statusCode: status);
}
