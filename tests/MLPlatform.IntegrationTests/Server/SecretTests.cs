using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Xunit;

namespace MLPlatform.IntegrationTests.Server;

/// <summary>A secret is named in a pipeline and read where it is used; its value is nowhere else.</summary>
public sealed class SecretTests(TestPlatform platform) : IClassFixture<TestPlatform>
{
    private const string Secret = "hush-7f3a9c1e", Variable = "MLP_TEST_HUSH";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_secret_is_sent_where_it_is_meant_and_found_nowhere_in_the_platform()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        Task<string> asked = AnswerAsync(listener);
        Environment.SetEnvironmentVariable(Variable, "Bearer " + Secret);
        string pipeline = $$$"""
            { "id": "hush", "activities": {
              "call": { "type": "control.http", "inputs": { "url": "http://127.0.0.1:{{{((IPEndPoint)listener.LocalEndpoint).Port}}}/", "secretHeaders": { "Authorization": { "env": "{{{Variable}}}" } } } },
              "after": { "type": "control.noop", "dependsOn": ["call"] }
            }, "outputs": { "status": "${{ activities.call.outputs.status }}" } }
            """;

        Guid run = await platform.StartAsync(pipeline);
        await platform.WaitAsync(run, "succeeded");

        Assert.Contains("Authorization: Bearer " + Secret, await asked, StringComparison.Ordinal);
        foreach (string path in new[] { "", "/activities", "/attempts", "/artifacts", "/metrics", "/journal", "/progress" })
            await AssertSilentAsync($"api/v1/runs/{run}{path}");
        foreach (string path in new[] { "api/v1/audit", "api/v1/runs" })
            await AssertSilentAsync(path);
        // The database with its journal, attempts, logs and artifacts.
        byte[] needle = Encoding.UTF8.GetBytes(Secret);
        Assert.Equal([], Directory.EnumerateFiles(platform.Home, "*", SearchOption.AllDirectories).Where(f => Path.GetFileName(f) != "lock" && ReadShared(f).AsSpan().IndexOf(needle) >= 0));
    }

    [Fact]
    public async Task A_secret_written_into_a_pipeline_is_refused_before_the_run_without_being_repeated()
    {
        string pipeline = """{ "id": "p", "activities": { "call": { "type": "control.http", "inputs": { "url": "http://127.0.0.1:9/", "secretHeaders": { "Authorization": "hush-7f3a9c1e" } } } } }""";
        using HttpResponseMessage response = await platform.Client.PostAsync("api/v1/runs",
            new StringContent(JsonSerializer.Serialize(new { file = new { pipeline } }), Encoding.UTF8, "application/json"), Cancel);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, response.StatusCode);
        Assert.DoesNotContain(Secret, await response.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
    }

    private async Task AssertSilentAsync(string path)
    {
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        limit.CancelAfter(TimeSpan.FromSeconds(20));
        using HttpResponseMessage response = await platform.Client.GetAsync(path, limit.Token);
        Assert.True(response.IsSuccessStatusCode, $"GET {path}: {response.StatusCode}");
        Assert.DoesNotContain(Secret, await response.Content.ReadAsStringAsync(limit.Token), StringComparison.Ordinal);
    }

    private static byte[] ReadShared(string file)
    {
        using FileStream stream = new(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        byte[] bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    private static async Task<string> AnswerAsync(TcpListener listener)
    {
        using TcpClient client = await listener.AcceptTcpClientAsync(Cancel);
        NetworkStream stream = client.GetStream();
        byte[] request = new byte[8192];
        int read = await stream.ReadAsync(request, Cancel);
        await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"u8.ToArray(), Cancel);
        return Encoding.UTF8.GetString(request, 0, read);
    }
}
