using System.Buffers.Binary;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using MLPlatform.IntegrationTests.Server;
using Xunit;

namespace MLPlatform.IntegrationTests.Deployments;

/// <summary>A deployment of a two-tower model by the Open Inference Protocol.</summary>
public sealed class TowersInferenceTests(TestPlatform platform) : IClassFixture<TestPlatform>
{
    private readonly string _name = "d" + Guid.NewGuid().ToString("N");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static object Users => new object[] { new { name = "user", shape = new[] { 2 }, datatype = "BYTES", data = new[] { "u1", "u2" } } };

    [Fact]
    public async Task Metadata_and_answer_are_those_of_what_is_found()
    {
        await DeployAsync();
        JsonElement model = await platform.GetJsonAsync($"v2/models/{_name}");
        Assert.Equal(["user BYTES [-1]"], Told(model, "inputs"));
        Assert.Equal(["item BYTES [-1,-1]", "score FP32 [-1,-1]"], Told(model, "outputs"));
        JsonElement found = await PostAsync($"api/v1/deployments/{_name}/recall", new { rows = new[] { new { user = "u1" }, new { user = "u2" } }, k = 3 });
        JsonElement answer = await PostAsync($"v2/models/{_name}/infer", new { id = "i1", inputs = Users, parameters = new { k = 3 } });
        Assert.Equal(["item BYTES [2,3]", "score FP32 [2,3]"], Told(answer, "outputs"));
        JsonElement[] items = [.. found.GetProperty("items").EnumerateArray().SelectMany(list => list.EnumerateArray())];
        Assert.Equal(items.Select(i => i.GetProperty("item").GetString()), Data(answer, 0).Select(v => v.GetString()));
        Assert.Equal(items.Select(i => i.GetProperty("score").GetRawText()), Data(answer, 1).Select(v => v.GetRawText()));
        Assert.Equal(2 * SmallTowers.Items, Data(await PostAsync($"v2/models/{_name}/versions/1/infer", new { inputs = Users }), 0).Length); // All, where there are fewer than ten.
    }

    [Fact]
    public async Task Only_the_outputs_that_are_asked_for_come_and_each_as_it_is_asked_for()
    {
        await DeployAsync();
        JsonElement plain = await PostAsync($"v2/models/{_name}/infer", new { inputs = Users, parameters = new { k = 2 }, outputs = new[] { new { name = "item" } } });
        Assert.Equal(["item BYTES [2,2]"], Told(plain, "outputs"));
        using HttpResponseMessage response = await platform.Client.PostAsJsonAsync($"v2/models/{_name}/infer", new
        {
            inputs = Users,
            parameters = new { k = 2 },
            outputs = new object[] { new { name = "item", parameters = new { binary_data = true } }, new { name = "score" } },
        }, Cancel);
        byte[] body = await response.Content.ReadAsByteArrayAsync(Cancel);
        int length = int.Parse(response.Headers.GetValues("Inference-Header-Content-Length").Single(), System.Globalization.CultureInfo.InvariantCulture);
        JsonElement answer = JsonElement.Parse(body.AsSpan(0, length));
        Assert.Equal(4, Data(answer, 1).Length);
        Assert.False(answer.GetProperty("outputs")[0].TryGetProperty("data", out _));
        Assert.Equal(body.Length - length, answer.GetProperty("outputs")[0].GetProperty("parameters").GetProperty("binary_data_size").GetInt32());
        List<string> texts = [];
        for (int at = length; at < body.Length; at += 4 + Encoding.UTF8.GetByteCount(texts[^1]))
            texts.Add(Encoding.UTF8.GetString(body, at + 4, BinaryPrimitives.ReadInt32LittleEndian(body.AsSpan(at))));
        Assert.Equal(Data(plain, 0).Select(v => v.GetString()), texts);
    }

    [Fact]
    public async Task What_does_not_fit_is_told()
    {
        await DeployAsync();
        foreach ((object request, string wrong) in new (object, string)[]
        {
            (new { inputs = Users, parameters = new { k = 0 } }, "the parameter k is 0"),
            (new { inputs = Users, parameters = new { k = "many" } }, "the parameter k is \"many\""),
            (new { inputs = Users, outputs = new[] { new { name = "chance" } } }, "item and score and nothing else"),
            (new { inputs = new[] { new { name = "item", shape = new[] { 1 }, datatype = "BYTES", data = new[] { "i1" } } } }, "it reads user"),
        })
        {
            using HttpResponseMessage response = await platform.Client.PostAsJsonAsync($"v2/models/{_name}/infer", request, Cancel);
            Assert.Equal(400, (int)response.StatusCode);
            Assert.Contains(wrong, (await response.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("error").GetString(), StringComparison.Ordinal);
        }
    }

    private async Task DeployAsync()
    {
        await SmallTowers.RegisterAsync(platform, _name, 0);
        await PostAsync($"api/v1/deployments/{_name}/deploy", new { version = 1 });
    }

    private async Task<JsonElement> PostAsync(string path, object body)
    {
        using HttpResponseMessage response = await platform.Client.PostAsJsonAsync(path, body, Cancel);
        JsonElement answer = await response.Content.ReadFromJsonAsync<JsonElement>(Cancel);
        Assert.True(response.IsSuccessStatusCode, answer.ToString());
        return answer;
    }

    private static IEnumerable<string> Told(JsonElement of, string tensors) => of.GetProperty(tensors).EnumerateArray()
        .Select(t => $"{t.GetProperty("name").GetString()} {t.GetProperty("datatype").GetString()} {t.GetProperty("shape").GetRawText()}");

    private static JsonElement[] Data(JsonElement answer, int output) => [.. answer.GetProperty("outputs")[output].GetProperty("data").EnumerateArray()];
}
