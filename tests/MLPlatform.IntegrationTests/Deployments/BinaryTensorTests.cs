using System.Buffers.Binary;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using MLPlatform.IntegrationTests.Server;
using Xunit;

namespace MLPlatform.IntegrationTests.Deployments;

/// <summary>The protocol's extension for binary data, byte by byte.</summary>
public sealed class BinaryTensorTests(TestPlatform platform) : IClassFixture<TestPlatform>
{
    private const string LengthHeader = "Inference-Header-Content-Length";
    private readonly string _name = "d" + Guid.NewGuid().ToString("N");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Binary_tensors_score_as_the_same_values_in_JSON_do_and_the_output_is_binary_where_asked()
    {
        float[] plain = await DeployAsync();
        byte[] prices = [.. Single(1.5f), .. Single(0.5f)];
        using HttpResponseMessage response = await SendAsync(new
        {
            id = "b1",
            inputs = new object[] { Tensor("app", "BYTES", Apps.Length), Tensor("price", "FP32", prices.Length) },
            outputs = new[] { new { name = "score", parameters = new { binary_data = true } } },
        }, [.. Apps, .. prices]);
        Assert.Equal("application/octet-stream", response.Content.Headers.ContentType?.MediaType);
        byte[] body = await response.Content.ReadAsByteArrayAsync(Cancel);
        int length = int.Parse(response.Headers.GetValues(LengthHeader).Single(), System.Globalization.CultureInfo.InvariantCulture);
        JsonElement answer = JsonElement.Parse(body.AsSpan(0, length)), output = answer.GetProperty("outputs")[0];
        Assert.Equal((_name, "1", "b1", 8), (Text(answer, "model_name"), Text(answer, "model_version"), Text(answer, "id"), output.GetProperty("parameters").GetProperty("binary_data_size").GetInt32()));
        Assert.False(output.TryGetProperty("data", out _));
        Assert.Equal<float[]>(plain, [BinaryPrimitives.ReadSingleLittleEndian(body.AsSpan(length)), BinaryPrimitives.ReadSingleLittleEndian(body.AsSpan(length + 4))]);
        Assert.Contains("binary_tensor_data", (await platform.GetJsonAsync("v2")).GetProperty("extensions").ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Binary_and_plain_tensors_mix_and_numbers_of_every_width_are_read()
    {
        await DeployAsync();
        foreach ((string datatype, byte[] three) in new (string, byte[])[]
        {
            ("INT8", [3]), ("UINT8", [3]), ("INT16", [3, 0]), ("UINT16", [3, 0]), ("INT32", [3, 0, 0, 0]), ("UINT32", [3, 0, 0, 0]), ("INT64", [3, 0, 0, 0, 0, 0, 0, 0]),
            ("UINT64", [3, 0, 0, 0, 0, 0, 0, 0]), ("FP16", Half(3)), ("FP32", Single(3)), ("FP64", BitConverter.GetBytes(3.0)),
        })
        {
            object plain = new { name = "app", shape = new[] { 1 }, datatype = "BYTES", data = new[] { "a" } };
            using HttpResponseMessage response = await SendAsync(new { inputs = new[] { plain, Tensor("price", datatype, three.Length, rows: 1) } }, three);
            Assert.Equal((await ScoreAsync("a", 3))[0], (await ReadAsync(response))[0]);
        }
    }

    [Fact]
    public async Task What_does_not_add_up_is_refused_in_the_protocols_form()
    {
        await DeployAsync();
        object app = Tensor("app", "BYTES", Apps.Length), price = new { name = "price", shape = new[] { 2 }, datatype = "FP32", data = new[] { 1.5, 0.5 } };
        foreach ((object request, byte[] data, string? length, string wrong) in new (object, byte[], string?, string)[]
        {
            (new { inputs = new[] { app, price } }, [.. Apps, 0], null, "1 bytes that belong to no input"),
            (new { inputs = new[] { app, price } }, Apps[..^1], null, "bytes are left of the body"),
            (new { inputs = new[] { Tensor("app", "BYTES", Apps.Length - 1), price } }, Apps[..^1], null, "ends within text 1 of 2"),
            (new { inputs = new[] { Tensor("app", "BYTES", 5), price } }, [1, 0, 0, 0, 0xff], null, "no UTF-8"),
            (new { inputs = new[] { app, Tensor("price", "FP64", 8) } }, [.. Apps, .. new byte[8]], null, "2 values of FP64 have 16"),
            (new { inputs = new[] { app, price } }, Apps, "100000", "100000"),
            (new { inputs = new[] { app, price } }, [], "none", "'none'"),
            (new { inputs = new[] { app, price } }, [], "", "no header"),
        })
        {
            using HttpResponseMessage response = await SendAsync(request, data, length);
            Assert.Equal(400, (int)response.StatusCode);
            Assert.Contains(wrong, Text(await response.Content.ReadFromJsonAsync<JsonElement>(Cancel), "error"), StringComparison.Ordinal);
        }
    }

    // "a" and "b", each behind its length.
    private static byte[] Apps => [1, 0, 0, 0, (byte)'a', 1, 0, 0, 0, (byte)'b'];

    private static byte[] Single(float value) => BitConverter.GetBytes(value);

    private static byte[] Half(int value) => BitConverter.GetBytes((Half)value);

    private static object Tensor(string name, string datatype, int size, int rows = 2) => new { name, shape = new[] { rows }, datatype, parameters = new { binary_data_size = size } };

    /// <summary>Deploys a model; returns what plain JSON scores.</summary>
    private async Task<float[]> DeployAsync()
    {
        await SmallModels.RegisterAsync(platform, _name, "a");
        using HttpResponseMessage deployed = await platform.Client.PostAsJsonAsync($"api/v1/deployments/{_name}/deploy", new { version = 1 }, Cancel);
        Assert.True(deployed.IsSuccessStatusCode);
        return [.. await ScoreAsync("a", 1.5), .. await ScoreAsync("b", 0.5)];
    }

    private async Task<float[]> ScoreAsync(string app, double price)
    {
        using HttpResponseMessage response = await platform.Client.PostAsJsonAsync($"api/v1/deployments/{_name}/score", new { rows = new[] { new { app, price } } }, Cancel);
        return [.. (await response.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("scores").EnumerateArray().Select(s => s.GetSingle())];
    }

    private static async Task<float[]> ReadAsync(HttpResponseMessage response)
    {
        JsonElement answer = await response.Content.ReadFromJsonAsync<JsonElement>(Cancel);
        Assert.True(response.IsSuccessStatusCode, answer.ToString());
        return [.. answer.GetProperty("outputs")[0].GetProperty("data").EnumerateArray().Select(s => s.GetSingle())];
    }

    private Task<HttpResponseMessage> SendAsync(object request, byte[] data, string? length = null)
    {
        byte[] json = Encoding.UTF8.GetBytes(JsonSerializer.Serialize(request));
        HttpRequestMessage message = new(HttpMethod.Post, $"v2/models/{_name}/infer") { Content = new ByteArrayContent([.. json, .. data]) };
        message.Content.Headers.ContentType = new MediaTypeHeaderValue(length == "" ? "application/json" : "application/octet-stream");
        if (length != "")
            message.Headers.Add(LengthHeader, length ?? json.Length.ToString(System.Globalization.CultureInfo.InvariantCulture));
        return platform.Client.SendAsync(message, Cancel);
    }

    private static string Text(JsonElement of, string name) => of.GetProperty(name).GetString()!;
}
