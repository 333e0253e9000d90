using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using DuckDB.NET.Data;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Registry;
using MLPlatform.Core.Runs;
using Xunit;

namespace MLPlatform.IntegrationTests.Server;

public sealed class ArtifactTests(TestPlatform platform) : IClassFixture<TestPlatform>
{
    [Fact]
    public async Task An_artifact_lists_its_files_and_gives_them_out()
    {
        ArtifactRef stored = await StoreAsync();
        JsonElement artifact = await platform.GetJsonAsync($"api/v1/artifacts/{stored.Hash}");
        Assert.Equal(["data.bin", "deep/report.html", "x.svg"], artifact.GetProperty("files").EnumerateArray().Select(f => f.GetProperty("path").GetString()));
        HttpResponseMessage file = await platform.Client.GetAsync($"api/v1/artifacts/{stored.Hash}/files/data.bin");
        Assert.Equal([1, 2, 3, 4], await file.Content.ReadAsByteArrayAsync());
        Assert.Equal("application/octet-stream", file.Content.Headers.ContentType?.MediaType);
        Assert.Equal("attachment", file.Content.Headers.ContentDisposition?.DispositionType);

        using HttpRequestMessage part = new(HttpMethod.Get, $"api/v1/artifacts/{stored.Hash}/files/data.bin") { Headers = { Range = new(1, 2) } };
        HttpResponseMessage partial = await platform.Client.SendAsync(part);
        Assert.Equal(HttpStatusCode.PartialContent, partial.StatusCode);
        Assert.Equal([2, 3], await partial.Content.ReadAsByteArrayAsync());
    }

    [Theory]
    [InlineData("deep/report.html", "text/html")]
    [InlineData("x.svg", "image/svg+xml")]
    public async Task Pages_are_shown_in_a_sandbox(string path, string type)
    {
        ArtifactRef stored = await StoreAsync();
        HttpResponseMessage page = await platform.Client.GetAsync($"api/v1/artifacts/{stored.Hash}/files/{path}");
        Assert.Equal(type, page.Content.Headers.ContentType?.MediaType);
        Assert.StartsWith("sandbox;", page.Headers.GetValues("Content-Security-Policy").Single());
        Assert.Equal("nosniff", page.Headers.GetValues("X-Content-Type-Options").Single());
    }

    [Theory]
    [InlineData("..%2f..%2fmlp.db")]
    [InlineData("%2e%2e/%2e%2e/mlp.db")]
    [InlineData("deep/..%2f..%2f..%2fmlp.db")]
    [InlineData("%2fetc%2fpasswd")]
    [InlineData("deep")]
    [InlineData("")]
    public async Task No_path_leaves_the_artifact(string path)
    {
        ArtifactRef stored = await StoreAsync();
        HttpResponseMessage response = await platform.Client.GetAsync($"api/v1/artifacts/{stored.Hash}/files/{path}");
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    [Theory]
    [InlineData("sha256:zz")]
    [InlineData("..%2f..%2fmlp.db")]
    [InlineData("sha256:%2e%2e%2f0000000000000000000000000000000000000000000000000000000000")]
    public async Task What_is_no_hash_is_never_looked_for(string hash) =>
        await ProblemAssert.IsAsync(await platform.Client.GetAsync($"api/v1/artifacts/{hash}"), 404, "API-004");

    [Fact]
    public async Task Models_have_versions_and_aliases_and_names_are_never_html()
    {
        const string evil = "<script>alert(1)";
        IModelRegistry registry = platform.Get<IModelRegistry>();
        for (int i = 1; i <= 2; i++)
            await registry.RegisterAsync(new ModelRegistration(evil, await StoreAsync(), new AttemptId(new RunId(Guid.CreateVersion7()), i, 1), """{"auc":0.9}""", null), default);
        string address = $"api/v1/models/{Uri.EscapeDataString(evil)}";
        Assert.Equal([2, 1], (await platform.GetJsonAsync(address)).EnumerateArray().Select(v => v.GetProperty("version").GetInt32()));

        HttpResponseMessage set = await platform.Client.PutAsJsonAsync($"{address}/aliases/champion", new { version = 1 });
        Assert.Equal(HttpStatusCode.OK, set.StatusCode);
        set = await platform.Client.PutAsJsonAsync($"{address}/aliases/champion", new { version = 2 });
        Assert.Equal(1, (await set.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("before").GetInt32());
        Assert.Equal("champion", (await platform.GetJsonAsync($"{address}/versions/2")).GetProperty("aliases")[0].GetString());
        await ProblemAssert.IsAsync(await platform.Client.PutAsJsonAsync($"{address}/aliases/champion", new { version = 3 }), 404, "API-004");
        await ProblemAssert.IsAsync(await platform.Client.PutAsJsonAsync($"{address}/aliases/Bad%20Name", new { version = 1 }), 400, "API-003");

        string page = await platform.Client.GetStringAsync("");
        Assert.Contains("&lt;script&gt;", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script>", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_table_shows_its_columns_in_figures_and_its_first_rows()
    {
        string folder = Path.Combine(platform.Home, "made-" + Guid.NewGuid().ToString("N"));
        Directory.CreateDirectory(folder);
        await using (DuckDBConnection duck = new("DataSource=:memory:"))
        {
            await duck.OpenAsync(TestContext.Current.CancellationToken);
            await using DuckDBCommand write = duck.CreateCommand();
            write.CommandText = $"COPY (SELECT i AS n, CASE WHEN i % 4 = 0 THEN NULL ELSE 'v' || (i % 3) END AS word FROM range(1, 101) t(i)) TO '{folder}/part-0.parquet' (FORMAT parquet)";
            await write.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }
        ArtifactRef stored = await platform.Get<IArtifactStore>().PutFolderAsync(folder, "table", default);
        JsonElement table = await platform.GetJsonAsync($"api/v1/artifacts/{stored.Hash}/table?rows=3");
        Assert.Equal(100, table.GetProperty("rows").GetInt32());
        JsonElement[] columns = [.. table.GetProperty("columns").EnumerateArray()];
        Assert.Equal(["n BIGINT", "word VARCHAR"], columns.Select(c => $"{c.GetProperty("name").GetString()} {c.GetProperty("type").GetString()}"));
        Assert.Equal((50.5, "1", "100"), (columns[0].GetProperty("summary").GetProperty("mean").GetDouble(),
            columns[0].GetProperty("summary").GetProperty("least").GetString(), columns[0].GetProperty("summary").GetProperty("greatest").GetString()));
        Assert.Equal(25, columns[1].GetProperty("summary").GetProperty("missing").GetInt32());
        Assert.Equal([1, 2, 3], table.GetProperty("preview").GetProperty("rows").EnumerateArray().Select(r => r[0].GetInt32()));
        await ProblemAssert.IsAsync(await platform.Client.GetAsync($"api/v1/artifacts/{stored.Hash}/table?rows=0", TestContext.Current.CancellationToken), 400, "API-003");
    }

    [Fact]
    public async Task What_is_no_table_is_not_shown_as_one()
    {
        ArtifactRef stored = await StoreAsync();
        await ProblemAssert.IsAsync(await platform.Client.GetAsync($"api/v1/artifacts/{stored.Hash}/table", TestContext.Current.CancellationToken), 400, "DATA-022");
    }

    private async Task<ArtifactRef> StoreAsync()
    {
        string folder = Path.Combine(platform.Home, "made-" + Guid.NewGuid().ToString("N"));
        Directory.CreateDirectory(Path.Combine(folder, "deep"));
        await File.WriteAllBytesAsync(Path.Combine(folder, "data.bin"), [1, 2, 3, 4]);
        await File.WriteAllTextAsync(Path.Combine(folder, "deep", "report.html"), "<script>alert(1)</script>");
        await File.WriteAllTextAsync(Path.Combine(folder, "x.svg"), "<svg xmlns=\"http://www.w3.org/2000/svg\"/>");
        return await platform.Get<IArtifactStore>().PutFolderAsync(folder, "folder", default);
    }
}
