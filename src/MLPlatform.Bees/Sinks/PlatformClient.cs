using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using MLPlatform.Bees.Settings;

namespace MLPlatform.Bees.Sinks;

/// <summary>Talks to the platform's server. Whatever goes wrong is to be tried again, and says what it was.</summary>
internal sealed class PlatformClient : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly HttpClient _http;
    private readonly string? _tokenFile;

    public PlatformClient(AgentSettings settings)
    {
        Address = settings.Server!.TrimEnd('/') + "/";
        _tokenFile = settings.TokenFile;
        _http = new HttpClient(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(5), AllowAutoRedirect = false })
        {
            BaseAddress = new Uri(Address),
            Timeout = Patience,
        };
    }

    public string Address { get; }

    public async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancel)
    {
        try
        {
            // Read each time: whoever changes the token need not start the agent anew.
            if (_tokenFile is not null)
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", (await File.ReadAllTextAsync(_tokenFile, cancel)).Trim());
            return await _http.SendAsync(request, cancel);
        }
        catch (HttpRequestException e)
        {
            throw new SinkException("BEES-011", $"{Address} cannot be reached: {Reason(e)}", e);
        }
        catch (OperationCanceledException e) when (!cancel.IsCancellationRequested)
        {
            throw new SinkException("BEES-011", $"{Address} did not answer within {Patience.TotalSeconds} s", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
        {
            throw new SinkException("BEES-013", $"the token file '{_tokenFile}' cannot be used: {e.Message}", e);
        }
    }

    public async Task<T> ReadAsync<T>(HttpResponseMessage response, JsonTypeInfo<T> type, CancellationToken cancel)
    {
        try
        {
            await using Stream body = await response.Content.ReadAsStreamAsync(cancel);
            if (response.IsSuccessStatusCode)
                return await JsonSerializer.DeserializeAsync(body, type, cancel) ?? throw new JsonException("the answer is empty");
            using StreamReader text = new(body);
            char[] start = new char[2000];
            int read = await text.ReadBlockAsync(start, cancel);
            string code = response.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden ? "BEES-013" : "BEES-011";
            throw new SinkException(code, $"{Address} answered {(int)response.StatusCode}: {Detail(new string(start, 0, read))}");
        }
        catch (Exception e) when (e is JsonException or IOException or HttpRequestException)
        {
            throw new SinkException("BEES-011", $"{Address} answered what cannot be read: {e.Message}", e);
        }
    }

    public void Dispose() => _http.Dispose();

    // What went wrong stands at the bottom; above it is only that something did.
    private static string Reason(Exception e) => e.GetBaseException().Message is var reason && e.Message.Contains(reason, StringComparison.Ordinal) ? e.Message : reason;

    // Problem details say it in one sentence; whatever else answered is quoted.
    private static string Detail(string body)
    {
        try
        {
            using JsonDocument problem = JsonDocument.Parse(body);
            return problem.RootElement.ValueKind == JsonValueKind.Object && problem.RootElement.TryGetProperty("detail", out JsonElement detail) ? detail.ToString() : body;
        }
        catch (JsonException)
        {
            return body.ReplaceLineEndings(" ");
        }
    }
}
