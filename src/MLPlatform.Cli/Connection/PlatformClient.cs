using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using MLPlatform.Server.Describe;

namespace MLPlatform.Cli.Connection;

/// <summary>Talks to the platform's REST API, wherever it runs, and turns its problems into words and exit codes.</summary>
internal sealed class PlatformClient : IDisposable
{
    private readonly HttpClient _http;

    public PlatformClient(string address, string? token)
    {
        // Never through a proxy: a server on this machine would not be reached.
        bool local = Uri.TryCreate(address, UriKind.Absolute, out Uri? uri) && uri.IsLoopback;
        if (uri is null || (uri.Scheme != Uri.UriSchemeHttp && uri.Scheme != Uri.UriSchemeHttps))
            throw CliException.Usage("CLI-002", $"'{address}' is not the address of a server.", "Write it like http://127.0.0.1:5080.");
        _http = new HttpClient(new SocketsHttpHandler { UseProxy = !local, ConnectTimeout = TimeSpan.FromSeconds(10) })
        {
            BaseAddress = new Uri(uri.AbsoluteUri.TrimEnd('/') + "/"),
            Timeout = Timeout.InfiniteTimeSpan,
        };
        if (token is not null)
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        Address = address;
    }

    public string Address { get; }

    public async Task<T> GetAsync<T>(string path, CancellationToken cancel)
    {
        using HttpResponseMessage response = await SendAsync(new HttpRequestMessage(HttpMethod.Get, path), cancel);
        return await ReadAsync<T>(response, cancel);
    }

    /// <summary>The answer's JSON, formatted as the server sent it.</summary>
    public Task<JsonElement> GetJsonAsync(string path, CancellationToken cancel) => GetAsync<JsonElement>(path, cancel);

    public async Task<string> GetTextAsync(string path, CancellationToken cancel)
    {
        using HttpResponseMessage response = await SendAsync(new HttpRequestMessage(HttpMethod.Get, path), cancel);
        return await response.Content.ReadAsStringAsync(cancel);
    }

    /// <summary>Writes the bytes of an answer into a new file; what is left of a broken answer is taken away.</summary>
    public async Task DownloadAsync(string path, string file, CancellationToken cancel)
    {
        using HttpResponseMessage response = await SendAsync(new HttpRequestMessage(HttpMethod.Get, path), cancel, HttpCompletionOption.ResponseHeadersRead);
        try
        {
            await using FileStream target = new(file, FileMode.CreateNew, FileAccess.Write);
            await response.Content.CopyToAsync(target, cancel);
        }
        catch (HttpRequestException e)
        {
            File.Delete(file);
            throw Unreachable(e.Message);
        }
    }

    public async Task<T> PostAsync<T>(string path, object? body, CancellationToken cancel, string? idempotencyKey = null)
    {
        HttpRequestMessage request = new(HttpMethod.Post, path);
        if (body is not null)
            request.Content = JsonContent.Create(body, body.GetType(), options: JsonSetup.ClientOptions);
        if (idempotencyKey is not null)
            request.Headers.Add("Idempotency-Key", idempotencyKey);
        using HttpResponseMessage response = await SendAsync(request, cancel);
        return await ReadAsync<T>(response, cancel);
    }

    /// <summary>The answer as text.</summary>
    public async Task<string> PostTextAsync(string path, object body, CancellationToken cancel)
    {
        using HttpResponseMessage response = await SendAsync(
            new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body, body.GetType(), options: JsonSetup.ClientOptions) }, cancel);
        return await response.Content.ReadAsStringAsync(cancel);
    }

    public async Task<T> PutAsync<T>(string path, object body, CancellationToken cancel)
    {
        using HttpResponseMessage response = await SendAsync(
            new HttpRequestMessage(HttpMethod.Put, path) { Content = JsonContent.Create(body, body.GetType(), options: JsonSetup.ClientOptions) }, cancel);
        return await ReadAsync<T>(response, cancel);
    }

    public async Task DeleteAsync(string path, CancellationToken cancel) =>
        (await SendAsync(new HttpRequestMessage(HttpMethod.Delete, path), cancel)).Dispose();

    /// <summary>
    /// Server-sent events from an address until the event <c>end</c>; a broken connection is made again and goes on after
    /// the last event that had an id. Once it was there, it is waited for for half a minute: servers are restarted.
    /// </summary>
    public async IAsyncEnumerable<SseItem<string>> StreamAsync(string path, [EnumeratorCancellation] CancellationToken cancel)
    {
        string? last = null;
        bool heard = false;
        for (int failures = 0; ;)
        {
            bool broken = false;
            await using IAsyncEnumerator<SseItem<string>> events = ConnectAsync(path, last, cancel).GetAsyncEnumerator(cancel);
            while (true)
            {
                try
                {
                    if (!await events.MoveNextAsync())
                        break;
                }
                catch (Exception e) when ((e is IOException or HttpRequestException || (heard && e is CliException { Exit: ExitCode.Unreachable })) && !cancel.IsCancellationRequested)
                {
                    broken = true;
                    break;
                }
                (failures, heard) = (0, true);
                last = events.Current.EventId ?? last;
                if (events.Current.EventType == "end")
                    yield break;
                yield return events.Current;
            }
            if (++failures > 20)
                throw Unreachable(broken ? "The connection broke again and again." : "The server ended the stream again and again.");
            await Task.Delay(TimeSpan.FromMilliseconds(Math.Min(200 * failures, 2000)), cancel);
        }
    }

    public void Dispose() => _http.Dispose();

    private async IAsyncEnumerable<SseItem<string>> ConnectAsync(
        string path, string? last, [EnumeratorCancellation] CancellationToken cancel)
    {
        HttpRequestMessage request = new(HttpMethod.Get, path);
        request.Headers.Accept.ParseAdd("text/event-stream");
        if (last is not null)
            request.Headers.TryAddWithoutValidation("Last-Event-ID", last);
        using HttpResponseMessage response = await SendAsync(request, cancel, HttpCompletionOption.ResponseHeadersRead);
        if (response.StatusCode == HttpStatusCode.NoContent)
        {
            yield return new SseItem<string>("{}", "end");
            yield break;
        }
        await using Stream body = await response.Content.ReadAsStreamAsync(cancel);
        await foreach (SseItem<string> item in SseParser.Create(body).EnumerateAsync(cancel))
            yield return item;
    }

    private async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request, CancellationToken cancel, HttpCompletionOption completion = HttpCompletionOption.ResponseContentRead)
    {
        HttpResponseMessage response;
        try
        {
            response = await _http.SendAsync(request, completion, cancel);
        }
        catch (HttpRequestException e)
        {
            throw Unreachable(e.Message);
        }
        if (response.IsSuccessStatusCode)
            return response;
        using (response)
            throw await ProblemReader.ReadAsync(response, Address, cancel);
    }

    private static async Task<T> ReadAsync<T>(HttpResponseMessage response, CancellationToken cancel) =>
        (await response.Content.ReadFromJsonAsync<T>(JsonSetup.ClientOptions, cancel))!;

    private CliException Unreachable(string why) => new("CLI-003", $"No answer from {Address}: {why}",
        "Start a server with 'mlp serve', or leave --server out to run in this process.", ExitCode.Unreachable);
}
