using System.Net.Http.Json;
using System.Text.Json;
using MLPlatform.IntegrationTests.Server;
using Xunit;

namespace MLPlatform.IntegrationTests.Experiments;

/// <summary>Comparing runs over HTTP.</summary>
public sealed class CompareTests(TestPlatform platform) : IClassFixture<TestPlatform>
{
    private static readonly string[] Goals = ["auc:max", "seconds:min"];

    private readonly MlflowWorld _mlflow = new(platform.Client);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_differs_comes_first_with_front_importance_curves_and_files()
    {
        (string name, string[] runs) = await FillAsync("""<b>x</b>""");
        JsonElement view = await CompareAsync(new { experiments = (string[])[name], goals = Goals, show = 4 });
        Assert.Equal((20, 4), (view.GetProperty("total").GetInt32(), view.GetProperty("runs").GetArrayLength()));
        Assert.Equal(["dim:True", "lr:True", "same:False"], view.GetProperty("parameters").EnumerateArray().Select(p => $"{p.GetProperty("name").GetString()}:{p.GetProperty("differs").GetBoolean()}"));
        JsonElement auc = view.GetProperty("metrics").EnumerateArray().First(m => m.GetProperty("name").GetString() == "auc");
        Assert.Equal((20, 0.0, 0.95), (auc.GetProperty("present").GetInt32(), auc.GetProperty("min").GetDouble(), Math.Round(auc.GetProperty("max").GetDouble(), 9)));
        Assert.Equal([0.95, 0.9, 0.85, 0.8], auc.GetProperty("values").EnumerateArray().Select(v => Math.Round(v.GetDouble(), 9)));
        Assert.Equal("NaN", view.GetProperty("metrics").EnumerateArray().First(m => m.GetProperty("name").GetString() == "odd").GetProperty("values")[0].GetString());
        Assert.Equal(runs[19], view.GetProperty("front")[0].GetProperty("id").GetString());
        Assert.Equal("dim", view.GetProperty("importance")[0].GetProperty("parameter").GetString());
        Assert.Equal([0L, 1L], view.GetProperty("curves")[0].GetProperty("steps").EnumerateArray().Select(s => s.GetInt64()));
        Assert.True(view.GetProperty("artifacts")[0].GetProperty("differs").GetBoolean());
        Assert.Equal("data: clicks", view.GetProperty("sources")[0].GetProperty("name").GetString());
    }

    [Fact]
    public async Task The_page_needs_nothing_else_and_shows_what_was_logged_as_text()
    {
        (string name, _) = await FillAsync("<script>alert(1)</script>");
        using HttpResponseMessage response = await platform.Client.PostAsJsonAsync("api/v1/experiments/compare/report", new { experiments = (string[])[name], goals = Goals }, Cancel);
        string page = await response.Content.ReadAsStringAsync(Cancel);
        Assert.Equal("text/html", response.Content.Headers.ContentType!.MediaType);
        Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("http", page, StringComparison.Ordinal);
        Assert.Contains("&lt;script&gt;", page, StringComparison.Ordinal);
        Assert.Equal(3, page.Split("role=\"img\"").Length - 1);
    }

    [Fact]
    public async Task Runs_are_listed_and_found_by_the_platforms_own_api()
    {
        (string name, string[] runs) = await FillAsync("x");
        JsonElement page = await platform.GetJsonAsync($"api/v1/experiments/{name}/runs?limit=3&orderBy=metrics.auc&filter={Uri.EscapeDataString("params.lr = '1'")}");
        Assert.Equal((3, true), (page.GetProperty("items").GetArrayLength(), page.TryGetProperty("next", out JsonElement next)));
        Assert.Equal(3, (await platform.GetJsonAsync($"api/v1/experiments/{name}/runs?limit=3&cursor={Uri.EscapeDataString(next.GetString()!)}")).GetProperty("items").GetArrayLength());
        Assert.Equal(runs[0], (await platform.GetJsonAsync($"api/v1/experiments/{name}/runs/{runs[0]}")).GetProperty("id").GetString());
        Assert.Contains(name, (await platform.GetJsonAsync("api/v1/experiments")).EnumerateArray().Select(e => e.GetProperty("name").GetString()));
        await ProblemAssert.IsAsync(await platform.Client.GetAsync($"api/v1/experiments/none/runs", Cancel), 404, "TRACK-001");
        await ProblemAssert.IsAsync(await platform.Client.GetAsync($"api/v1/experiments/{name}/runs?filter=x", Cancel), 400, "TRACK-005");
        await ProblemAssert.IsAsync(await platform.Client.GetAsync($"api/v1/experiments/{name}/runs/none", Cancel), 404, "API-004");
        await ProblemAssert.IsAsync(await platform.Client.PostAsJsonAsync("api/v1/experiments/compare", new { }, Cancel), 400, "API-003");
        await ProblemAssert.IsAsync(await platform.Client.PostAsJsonAsync("api/v1/experiments/compare", new { runs, goals = (string[])["auc:bigger"] }, Cancel), 400, "TRACK-016");
        string nested = $"/people/{Guid.NewGuid()}";
        await _mlflow.ExperimentAsync(nested);
        Assert.Equal(0, (await platform.GetJsonAsync($"api/v1/experiments/{Uri.EscapeDataString(nested)}/runs")).GetProperty("items").GetArrayLength());
        await ProblemAssert.IsAsync(await platform.Client.PostAsJsonAsync("api/v1/experiments/compare", new { runs = (string[])["none"] }, Cancel), 404, "TRACK-002");
    }

    private async Task<JsonElement> CompareAsync(object request)
    {
        using HttpResponseMessage response = await platform.Client.PostAsJsonAsync("api/v1/experiments/compare", request, Cancel);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Cancel));
        return await response.Content.ReadFromJsonAsync<JsonElement>(Cancel);
    }

    // The auc grows with dim alone; lr is noise. The last runs have a curve, a file and a dataset.
    private async Task<(string Name, string[] Runs)> FillAsync(string text)
    {
        string name = "e" + Guid.NewGuid().ToString("N"), experiment = await _mlflow.ExperimentAsync(name);
        List<string> runs = [];
        for (int i = 0; i < 20; i++)
        {
            string run = await _mlflow.RunAsync(experiment);
            runs.Add(run);
            await _mlflow.PostAsync("runs/log-batch", new
            {
                run_id = run,
                metrics = (object[])[
                    new { key = "auc", value = 0.0, timestamp = 1, step = 0 }, new { key = "auc", value = i / 20.0, timestamp = 2, step = 1 },
                    new { key = "seconds", value = i * i % 7, timestamp = 1 }, new { key = "odd", value = "NaN", timestamp = 1 }],
                @params = (object[])[new { key = "dim", value = $"{i}" }, new { key = "lr", value = $"{i * 7 % 3}" }, new { key = "same", value = text }],
            });
            if (i < 16)
                continue;
            await _mlflow.PutFileAsync($"{experiment}/{run}/artifacts/m.txt", $"{i}");
            await _mlflow.PostAsync("runs/log-inputs", new { run_id = run, datasets = (object[])[new { dataset = new { name = "clicks", digest = "d1", source_type = "local", source = "{}" } }] });
        }
        return (name, [.. runs]);
    }
}
