using System.Diagnostics;
using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Xunit;

namespace MLPlatform.IntegrationTests.Workspaces;

/// <summary>Speaks Jupyter's protocols through the platform's address, as its pages do.</summary>
internal static class Jupyter
{
    private static readonly Lazy<bool> Installed = new(() =>
    {
        try
        {
            using Process python = Process.Start(new ProcessStartInfo("/usr/bin/python3", ["-c", "import notebook, ipykernel, nbconvert; assert notebook.version_info[0] == 6"]) { RedirectStandardError = true })!;
            python.WaitForExit();
            return python.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    });

    public static void SkipUnlessInstalled() => Assert.SkipUnless(Installed.Value, "Jupyter is not installed (Debian packages jupyter-notebook, python3-ipykernel and jupyter-nbconvert)");

    /// <summary>A new kernel, and what it says to a cell.</summary>
    public static async Task<string> StartKernelAsync(HttpClient http, Guid workspace)
    {
        using HttpResponseMessage made = await http.PostAsJsonAsync($"workspaces/{workspace}/api/kernels", new { name = "python3" }, TestContext.Current.CancellationToken);
        Assert.True(made.IsSuccessStatusCode, await made.Content.ReadAsStringAsync());
        return (await made.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString()!;
    }

    public static async Task PutNotebookAsync(HttpClient http, Guid workspace, string path, string source)
    {
        object cell = new { cell_type = "code", id = "a1", metadata = new { }, source, outputs = Array.Empty<object>(), execution_count = (int?)null };
        using HttpResponseMessage put = await http.PutAsJsonAsync($"workspaces/{workspace}/api/contents/{path}",
            new { type = "notebook", format = "json", content = new { nbformat = 4, nbformat_minor = 5, metadata = new { }, cells = new[] { cell } } }, TestContext.Current.CancellationToken);
        Assert.True(put.IsSuccessStatusCode, await put.Content.ReadAsStringAsync());
    }

    public static async Task<ClientWebSocket> ConnectAsync(HttpClient http, Guid workspace, string kernel, string? origin = null)
    {
        ClientWebSocket socket = new();
        if (http.DefaultRequestHeaders.Authorization is { } token)
            socket.Options.SetRequestHeader("Authorization", token.ToString());
        if (origin is not null)
            socket.Options.SetRequestHeader("Origin", origin);
        await socket.ConnectAsync(new Uri($"ws://{http.BaseAddress!.Authority}/workspaces/{workspace}/api/kernels/{kernel}/channels?session_id=test"), TestContext.Current.CancellationToken);
        return socket;
    }

    /// <summary>Sends a cell to run; returns the id of the message.</summary>
    public static async Task<string> SendAsync(ClientWebSocket socket, string code)
    {
        string id = Guid.NewGuid().ToString("N");
        byte[] message = JsonSerializer.SerializeToUtf8Bytes(new
        {
            header = new { msg_id = id, msg_type = "execute_request", username = "", session = "test", date = "", version = "5.3" },
            parent_header = new { },
            metadata = new { },
            channel = "shell",
            buffers = Array.Empty<object>(),
            content = new { code, silent = false, store_history = true, user_expressions = new { }, allow_stdin = false, stop_on_error = true },
        });
        await socket.SendAsync(message, WebSocketMessageType.Text, true, TestContext.Current.CancellationToken);
        return id;
    }

    /// <summary>What a cell prints, once it prints or, where <paramref name="toItsEnd"/>, once it has ended.</summary>
    public static async Task<string> PrintedAsync(ClientWebSocket socket, string id, bool toItsEnd = true)
    {
        StringBuilder printed = new();
        using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(Eventually.Patience);
        while (true)
        {
            JsonElement message = await ReceiveAsync(socket, deadline.Token);
            if (!message.GetProperty("parent_header").TryGetProperty("msg_id", out JsonElement parent) || parent.GetString() != id)
                continue;
            JsonElement content = message.GetProperty("content");
            switch (message.GetProperty("msg_type").GetString())
            {
                case "stream":
                    printed.Append(content.GetProperty("text").GetString());
                    if (!toItsEnd)
                        return printed.ToString();
                    break;
                case "error":
                    Assert.Fail(content.ToString());
                    break;
                case "status" when content.GetProperty("execution_state").GetString() == "idle":
                    return printed.ToString();
            }
        }
    }

    public static async Task<string> RunAsync(ClientWebSocket socket, string code) => await PrintedAsync(socket, await SendAsync(socket, code));

    private static async Task<JsonElement> ReceiveAsync(ClientWebSocket socket, CancellationToken cancel)
    {
        using MemoryStream whole = new();
        byte[] buffer = new byte[64 << 10];
        WebSocketReceiveResult part;
        do
        {
            part = await socket.ReceiveAsync(buffer, cancel);
            Assert.NotEqual(WebSocketMessageType.Close, part.MessageType);
            whole.Write(buffer, 0, part.Count);
        }
        while (!part.EndOfMessage);
        return JsonElement.Parse(whole.ToArray());
    }
}
