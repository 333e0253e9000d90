using System.Net.Http.Json;
using System.Text.Json;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Runs;

namespace MLPlatform.Activities.Samples.AppStore;

/// <summary>What a deployment recommended.</summary>
/// <param name="Scores">Of every candidate.</param>
/// <param name="Shown">Places of the candidates that are shown, the first position first.</param>
internal sealed record Recommendation(int Version, IReadOnlyList<float> Scores, IReadOnlyList<int> Shown);

internal sealed record StoreClick(string Request, string App, DateTime At);

/// <summary>The store as a client of the platform: it asks a deployment what to show and tells it what was clicked.</summary>
internal sealed class StoreFront : IDisposable
{
    private static readonly JsonSerializerOptions Json = JsonSerializerOptions.Web;

    private readonly HttpClient _http;
    private readonly VisitAppStore.Inputs _inputs;

    public StoreFront(VisitAppStore.Inputs inputs)
    {
        _inputs = inputs;
        _http = new HttpClient { BaseAddress = new Uri(inputs.Server.TrimEnd('/') + "/"), Timeout = TimeSpan.FromSeconds(60) };
    }

    public async Task<Recommendation> RecommendAsync(StoreRequest request, CancellationToken cancel)
    {
        object[] rows = [.. request.Candidates.Select(app => RowOf(request.Visit, app))];
        return (await PostAsync<Recommendation>(
            $"api/v1/deployments/{Uri.EscapeDataString(_inputs.Deployment)}/score",
            new { rows, key = request.Visit.User.Id, requestId = request.Id, at = request.Time, top = _inputs.Shown, explore = _inputs.Explore }, cancel).ConfigureAwait(false))!;
    }

    public async Task TellAsync(IReadOnlyList<StoreClick> clicks, CancellationToken cancel)
    {
        if (clicks.Count == 0)
            return;
        var events = clicks.Select(c => new { eventId = $"{c.Request}/{c.App}", requestId = c.Request, item = c.App, type = "click", at = c.At });
        await PostAsync<JsonElement>("api/v1/feedback", new { deployment = _inputs.Deployment, events }, cancel).ConfigureAwait(false);
    }

    public void Dispose() => _http.Dispose();

    // The columns that samples/appstore/pipeline.json makes features of. Nobody knows the position before the ranking, so all are scored as the first.
    private static Dictionary<string, object?> RowOf(Visit visit, App app)
    {
        IReadOnlyList<string> names = AppStoreWorld.Categories;
        return new Dictionary<string, object?>
        {
            ["userId"] = visit.User.Id,
            ["appId"] = app.Id,
            ["position"] = 1,
            ["price"] = app.Price,
            ["category"] = names[app.Category],
            ["secondCategory"] = app.SecondCategory == app.Category ? null : names[app.SecondCategory],
            ["hour"] = visit.Hour,
            ["network"] = visit.Network,
            ["device"] = visit.User.Device,
            ["recent"] = names[visit.RecentCategory],
        };
    }

    private async Task<T?> PostAsync<T>(string path, object body, CancellationToken cancel)
    {
        try
        {
            using HttpResponseMessage answer = await _http.PostAsJsonAsync(path, body, Json, cancel).ConfigureAwait(false);
            if (!answer.IsSuccessStatusCode)
                throw new ActivityException("ML-017", $"The platform at {_inputs.Server} refused {path} with {(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync(cancel).ConfigureAwait(false)}");
            return await answer.Content.ReadFromJsonAsync<T>(Json, cancel).ConfigureAwait(false);
        }
        catch (HttpRequestException problem)
        {
            throw new ActivityException("ML-017", $"The platform at {_inputs.Server} could not be reached: {problem.Message}", FailureKind.Infrastructure, problem);
        }
    }
}
