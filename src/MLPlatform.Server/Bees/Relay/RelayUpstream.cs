using System.Net.Http.Headers;
using System.Text.Json;
using MLPlatform.Core.Bees;

namespace MLPlatform.Server.Bees.Relay;

/// <summary>Why something cannot be forwarded now.</summary>
internal sealed class RelayException(string code, string message, Exception? inner = null) : Exception(message, inner)
{
    public string Code { get; } = code;
}

/// <summary>The server that a relay forwards to.</summary>
internal sealed class RelayUpstream(RelaySettings settings) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) })
    {
        BaseAddress = new Uri(settings.Server.TrimEnd('/') + "/"),
        Timeout = TimeSpan.FromSeconds(60),
    };

    /// <summary>Passes a request on, with the relay's own token.</summary>
    /// <exception cref="RelayException">The server cannot be reached.</exception>
    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, byte[]? body, string? type, string? encoding, CancellationToken cancel)
    {
        using HttpRequestMessage request = new(method, path);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(body);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue(type!);
            if (encoding is not null)
                request.Content.Headers.ContentEncoding.Add(encoding);
        }
        try
        {
            if (settings.TokenFile is not null)
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", (await File.ReadAllTextAsync(settings.TokenFile, cancel)).Trim());
            return await _http.SendAsync(request, cancel);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or UnauthorizedAccessException or FormatException
            || (e is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            throw new RelayException("BEES-073", $"{settings.Server} cannot be reached: {e.Message}", e);
        }
    }

    /// <summary>Forwards batches; when the task ends the server has them.</summary>
    public async Task ForwardAsync(byte[] packed, IReadOnlyList<BatchHeader> batches, CancellationToken cancel)
    {
        using HttpResponseMessage response = await SendAsync(HttpMethod.Post, "api/v1/bees/batches", packed, BatchFormat.MediaType, "br", cancel);
        string text = await response.Content.ReadAsStringAsync(cancel);
        if (!response.IsSuccessStatusCode)
            throw new RelayException("BEES-073", $"{settings.Server} answered {(int)response.StatusCode}: {text[..Math.Min(text.Length, 500)].ReplaceLineEndings(" ")}");
        IReadOnlyList<BatchAnswer> answers;
        try
        {
            answers = JsonSerializer.Deserialize(text, BeesJson.Default.CollectorAnswer)!.Batches;
        }
        catch (JsonException e)
        {
            throw new RelayException("BEES-073", $"{settings.Server} answered what cannot be read: {e.Message}", e);
        }
        for (int i = 0; i < batches.Count; i++)
        {
            BatchAnswer? answer = answers.ElementAtOrDefault(i);
            if (answer is null || answer.Durable < batches[i].To || answer.Outcome is BatchOutcome.Hole or BatchOutcome.Refused)
                throw new RelayException("BEES-074", $"the server does not take {batches[i].Channel} from {batches[i].From} on: {answer?.Outcome} {answer?.Code} {answer?.Message}");
        }
    }

    public void Dispose() => _http.Dispose();
}
