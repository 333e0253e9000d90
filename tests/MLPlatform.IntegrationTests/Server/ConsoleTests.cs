using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using Xunit;

namespace MLPlatform.IntegrationTests.Server;

/// <summary>The console's files, served by the server, whatever they are.</summary>
public sealed class ConsoleTests(ConsoleTests.BuiltConsole platform) : IClassFixture<ConsoleTests.BuiltConsole>
{
    [Theory]
    [InlineData("")]
    [InlineData("runs")]
    [InlineData("runs/01a215ee-e9aa-7403-9945-ca4c415849f0")]
    [InlineData("pipelines/hello")]
    [InlineData("workspaces")]
    [InlineData("settings")]
    public async Task Its_addresses_show_its_page_with_a_strict_policy(string path)
    {
        using HttpResponseMessage response = await GetAsync(path);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("text/html", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal(BuiltConsole.Page, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal("no-cache", response.Headers.CacheControl?.ToString());
        string policy = Assert.Single(response.Headers.GetValues("Content-Security-Policy"));
        Assert.Contains("default-src 'none'; script-src 'self';", policy, StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nothing")]
    [InlineData("assets/none.js")]
    [InlineData("assets/../secret.js")]
    [InlineData("assets/%2e%2e/secret.js")]
    [InlineData("assets/..%2f..%2fsecret.js")]
    [InlineData(".vite/manifest.json")]
    [InlineData("api/v1/nothing")]
    public async Task Everything_else_is_not_found(string path)
    {
        using HttpResponseMessage response = await GetAsync(path);
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    [Theory]
    [InlineData("br", "br")]
    [InlineData("gzip, deflate, br", "br")]
    [InlineData("gzip", "gzip")]
    [InlineData("br;q=0, gzip", "gzip")]
    [InlineData("identity", null)]
    [InlineData(null, null)]
    public async Task Files_come_compressed_as_the_browser_takes_them_and_may_be_kept(string? accepted, string? encoding)
    {
        using HttpResponseMessage response = await GetAsync("assets/app-1a2b.js", accepted);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(encoding, response.Content.Headers.ContentEncoding.SingleOrDefault());
        Assert.Equal("Accept-Encoding", Assert.Single(response.Headers.Vary));
        Assert.Equal("public, max-age=31536000, immutable", response.Headers.CacheControl?.ToString());
        Assert.Equal("text/javascript", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal("nosniff", Assert.Single(response.Headers.GetValues("X-Content-Type-Options")));
        await using Stream body = await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
        await using Stream plain = encoding switch
        {
            "br" => new BrotliStream(body, CompressionMode.Decompress),
            "gzip" => new GZipStream(body, CompressionMode.Decompress),
            _ => body,
        };
        using StreamReader reader = new(plain);
        Assert.Equal(BuiltConsole.Script, await reader.ReadToEndAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_page_that_is_known_is_not_sent_again()
    {
        using HttpResponseMessage first = await GetAsync("runs");
        using HttpRequestMessage again = new(HttpMethod.Get, "runs");
        again.Headers.IfNoneMatch.Add(first.Headers.ETag!);
        using HttpResponseMessage second = await platform.Client.SendAsync(again, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NotModified, second.StatusCode);
    }

    [Fact]
    public async Task Without_tokens_the_page_comes_and_the_api_does_not()
    {
        using HttpClient stranger = platform.ClientFor(null);
        Assert.Equal(HttpStatusCode.OK, (await stranger.GetAsync("runs", TestContext.Current.CancellationToken)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await stranger.GetAsync("api/v1/runs", TestContext.Current.CancellationToken)).StatusCode);
    }

    private async Task<HttpResponseMessage> GetAsync(string path, string? accepted = null)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, path);
        foreach (string encoding in accepted?.Split(", ") ?? [])
            request.Headers.AcceptEncoding.Add(StringWithQualityHeaderValue.Parse(encoding));
        return await platform.Client.SendAsync(request, TestContext.Current.CancellationToken);
    }

    /// <summary>A server with tokens and a console of three files.</summary>
    public sealed class BuiltConsole() : TestPlatform(tokens: true)
    {
        public const string Page = "<!doctype html><title>Console</title>";
        public const string Script = "document.title = 'built'";

        protected override Dictionary<string, string?> Overrides
        {
            get
            {
                string dist = Path.Combine(Home, "console");
                Directory.CreateDirectory(Path.Combine(dist, "assets"));
                Directory.CreateDirectory(Path.Combine(dist, ".vite"));
                File.WriteAllText(Path.Combine(Home, "secret.js"), "secret");
                File.WriteAllText(Path.Combine(dist, "index.html"), Page);
                File.WriteAllText(Path.Combine(dist, ".vite", "manifest.json"), "{}");
                string script = Path.Combine(dist, "assets", "app-1a2b.js");
                File.WriteAllText(script, Script);
                Write(script + ".br", stream => new BrotliStream(stream, CompressionLevel.Optimal));
                Write(script + ".gz", stream => new GZipStream(stream, CompressionLevel.Optimal));
                return new Dictionary<string, string?> { ["Console:Folder"] = dist };
            }
        }

        private static void Write(string path, Func<Stream, Stream> compress)
        {
            using Stream stream = compress(File.Create(path));
            stream.Write(System.Text.Encoding.UTF8.GetBytes(Script));
        }
    }
}

/// <summary>The home page where no console was built.</summary>
public sealed class HomePageTests(HomePageTests.NoConsole platform) : IClassFixture<HomePageTests.NoConsole>
{
    [Fact]
    public async Task It_says_that_the_console_was_not_built_and_how_to()
    {
        string page = await platform.Client.GetStringAsync("", TestContext.Current.CancellationToken);
        Assert.Contains("The web console was not built", page, StringComparison.Ordinal);
        Assert.Contains("./mlp serve", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Addresses_of_the_console_are_not_found() =>
        Assert.Equal(HttpStatusCode.NotFound, (await platform.Client.GetAsync("runs", TestContext.Current.CancellationToken)).StatusCode);

    /// <summary>A server whose console folder is empty.</summary>
    public sealed class NoConsole : TestPlatform
    {
        protected override Dictionary<string, string?> Overrides => new() { ["Console:Folder"] = Path.Combine(Home, "no-console") };
    }
}
