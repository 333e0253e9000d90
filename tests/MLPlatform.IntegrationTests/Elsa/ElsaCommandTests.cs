using System.Net.Http.Json;
using System.Text.Json;
using MLPlatform.IntegrationTests.Cli;
using MLPlatform.IntegrationTests.Server;
using Xunit;

namespace MLPlatform.IntegrationTests.Elsa;

public sealed class ElsaCommandTests : IDisposable
{
    private const string Foreign = """{ "definitionId": "w", "name": "W", "root": { "type": "Elsa.Flowchart", "id": "f", "activities": [ { "id": "a", "type": "Elsa.WriteLine" } ], "connections": [] } }""";
    private readonly Mlp _mlp = new();

    public void Dispose() => _mlp.Dispose();

    [Fact]
    public async Task A_file_goes_to_Elsa_and_comes_back_as_it_was()
    {
        string text = "{ \"id\": \"p\",\n  \"activities\": { \"a\": { \"type\": \"control.noop\" } } }\n";
        string file = _mlp.Write("p.json", text), there = _mlp.Write("there.json", ""), back = _mlp.Write("back.json", "");
        (await _mlp.RunAsync("export", "elsa", file, "--out", there)).Well();
        (await _mlp.RunAsync("import", "elsa", there, "--out", back)).Well();
        Assert.Equal(text, File.ReadAllText(Path.Combine(_mlp.Folder, back)));
        Assert.Equal(File.ReadAllText(Path.Combine(_mlp.Folder, there)), (await _mlp.RunAsync("export", "elsa", file)).Well().Output);
    }

    [Fact]
    public async Task What_is_foreign_is_named_and_what_is_none_is_refused()
    {
        JsonElement named = JsonElement.Parse((await _mlp.RunAsync("import", "elsa", _mlp.Write("w.json", Foreign), "--json")).Well().Output);
        Assert.True(named.GetProperty("done").GetBoolean());
        Assert.Equal("ELSA-018", named.GetProperty("diagnostics")[0].GetProperty("code").GetString());
        Assert.Equal("Elsa.WriteLine", named.GetProperty("result").GetProperty("activities").GetProperty("a").GetProperty("type").GetString());

        Outcome refused = await _mlp.RunAsync("import", "elsa", _mlp.Write("none.json", "{}"));
        refused.Is(2);
        Assert.Contains("none.json:1:1: error ELSA-001", refused.Error, StringComparison.Ordinal);
        Assert.Empty(refused.Output);
        (await _mlp.RunAsync("export", "elsa", _mlp.Write("none.json", "[]"))).Is(2);
        (await _mlp.RunAsync("export", "elsa", "not there")).Is(2);
    }
}

public sealed class ElsaConversionTests(TestPlatform platform) : IClassFixture<TestPlatform>
{
    [Fact]
    public async Task The_API_converts_both_ways()
    {
        const string file = "{\"id\":\"p\", \"activities\":{\"a\":{\"type\":\"control.noop\"}}}";
        JsonElement there = await PostAsync("export", new { pipeline = file });
        Assert.Equal("Elsa.Flowchart", there.GetProperty("definition").GetProperty("root").GetProperty("type").GetString());
        JsonElement back = await PostAsync("import", new { definition = there.GetProperty("definition") });
        Assert.Equal(file, back.GetProperty("pipeline").GetString());
        await ProblemAssert.IsAsync(await platform.Client.PostAsJsonAsync("api/v1/elsa/import", new { definition = new { } }), 422, "ELSA-001");
        await ProblemAssert.IsAsync(await platform.Client.PostAsJsonAsync("api/v1/elsa/export", new { pipeline = "no" }), 422, "PIPE-001");
    }

    private async Task<JsonElement> PostAsync(string what, object body)
    {
        HttpResponseMessage response = await platform.Client.PostAsJsonAsync("api/v1/elsa/" + what, body);
        JsonElement answer = await response.Content.ReadFromJsonAsync<JsonElement>();
        Assert.True(response.IsSuccessStatusCode, answer.ToString());
        return answer;
    }
}
