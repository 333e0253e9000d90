using System.Text.Json;
using Xunit;

namespace MLPlatform.IntegrationTests.Server;

public sealed class DescriptionTests(TestPlatform platform) : IClassFixture<TestPlatform>
{
    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        IndentSize = 1,
        NewLine = "\n",
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    [Fact]
    public async Task The_committed_openapi_document_is_current()
    {
        string now = JsonSerializer.Serialize(await platform.GetJsonAsync("openapi/v1.json"), Indented) + "\n";
        string file = Repository.File("docs/openapi.json");
        if (Environment.GetEnvironmentVariable("MLP_UPDATE") == "1")
            await File.WriteAllTextAsync(file, now);
        Assert.True(File.Exists(file) && await File.ReadAllTextAsync(file) == now,
            "docs/openapi.json is not what the server serves; run the tests with MLP_UPDATE=1 to write it, and look at the difference");
    }

    [Fact]
    public async Task Every_operation_has_a_name_a_summary_and_a_tag()
    {
        JsonElement paths = (await platform.GetJsonAsync("openapi/v1.json")).GetProperty("paths");
        HashSet<string> names = [];
        foreach (JsonProperty operation in paths.EnumerateObject().SelectMany(p => p.Value.EnumerateObject()))
        {
            Assert.True(names.Add(operation.Value.GetProperty("operationId").GetString()!));
            Assert.NotEmpty(operation.Value.GetProperty("summary").GetString()!);
            Assert.Equal(1, operation.Value.GetProperty("tags").GetArrayLength());
        }
    }

    [Fact]
    public async Task The_page_that_shows_it_needs_no_other_site()
    {
        string page = await platform.Client.GetStringAsync("docs/");
        Assert.DoesNotContain("https://", page, StringComparison.Ordinal);
        Assert.DoesNotContain("src=\"//", page, StringComparison.Ordinal);
        Assert.True((await platform.Client.GetStringAsync("docs/scalar.js")).Length > 100_000);
    }

    [Fact]
    public async Task The_server_tells_what_it_is()
    {
        JsonElement system = await platform.GetJsonAsync("api/v1/system");
        Assert.Equal(platform.Home, system.GetProperty("home").GetString());
        Assert.Equal("sqlite", system.GetProperty("store").GetString());
        Assert.False(system.GetProperty("tokensRequired").GetBoolean());
        Assert.False(system.GetProperty("elsaStudio").GetBoolean());
        Assert.Equal("ok", (await platform.GetJsonAsync("healthz")).GetProperty("status").GetString());
        Assert.Equal("ready", (await platform.GetJsonAsync("readyz")).GetProperty("status").GetString());
    }
}
