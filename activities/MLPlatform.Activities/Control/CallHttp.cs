using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using MLPlatform.Activities.Data.Stores;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Runs;

namespace MLPlatform.Activities.Control;

/// <summary>
/// Makes one HTTP request. Each carries the attempt's id as <c>Idempotency-Key</c>, so a server that knows the header
/// does a repeated attempt's work once. Redirects are answers like others. Headers, bodies and query strings are never logged.
/// </summary>
[Activity("control.http", Cacheable = false, Outputs = typeof(CallHttp.Outputs))]
[Description("Makes an HTTP request and gives its status and body.")]
public sealed class CallHttp : IInlineActivity<CallHttp.Inputs>
{
    private static readonly HttpClient Client = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        AutomaticDecompression = DecompressionMethods.All,
    })
    { Timeout = Timeout.InfiniteTimeSpan };

    private static readonly System.Buffers.SearchValues<char> MethodLetters =
        System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_");

    private static readonly TimeSpan LongestTimeout = TimeSpan.FromDays(1);

    public sealed record Inputs
    {
        [Description("An absolute http or https address.")]
        public required string Url { get; init; }

        [Description("The method. Default: GET.")]
        public string Method { get; init; } = "GET";

        [Description("Headers to send.")]
        public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

        [Description("Headers to send that nobody may see, Authorization say: where the whole value of each is kept, for example { \"env\": \"NAME\" }, a variable of the server.")]
        public IReadOnlyDictionary<string, SecretRef> SecretHeaders { get; init; } = new Dictionary<string, SecretRef>();

        [Description("The body: a string is sent as it is, anything else as JSON.")]
        public JsonElement? Body { get; init; }

        [Description("Content type of the body. Default: application/json, or text/plain for a string.")]
        public string? ContentType { get; init; }

        [Description("Statuses that count as success. Default: 200 to 299.")]
        public IReadOnlyList<int>? Expect { get; init; }

        [Description("How long the whole exchange may take, as an ISO 8601 duration, at most a day. Default: PT30S.")]
        public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

        [Range(0, 16 << 20), Description("Largest body to take, in bytes. Default: 1048576.")]
        public int MaxBytes { get; init; } = 1 << 20;
    }

    /// <param name="Status">The status.</param>
    /// <param name="ContentType">The body's type, or null.</param>
    /// <param name="Body">The body: as JSON where it says so, else as text.</param>
    public sealed record Outputs(int Status, string? ContentType, JsonElement Body);

    public async ValueTask<InlineResult> RunAsync(Inputs inputs, ActivityContext context, CancellationToken cancel)
    {
        Uri address = Address(inputs.Url);
        if (inputs.Timeout <= TimeSpan.Zero || inputs.Timeout > LongestTimeout)
            throw Wrong($"cannot wait for {inputs.Timeout}; 'timeout' is longer than nothing and at most {LongestTimeout}");
        string shown = $"{inputs.Method.ToUpperInvariant()} {address.GetLeftPart(UriPartial.Path)}";
        using HttpRequestMessage request = RequestOf(inputs, address, context.Attempt);
        using var limit = new CancellationTokenSource(inputs.Timeout, context.Time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancel, limit.Token);
        try
        {
            using HttpResponseMessage response = await Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, both.Token).ConfigureAwait(false);
            int status = (int)response.StatusCode;
            context.Log($"{shown}: {status}");
            if (!(inputs.Expect?.Contains(status) ?? response.IsSuccessStatusCode))
                throw Unexpected(shown, status);
            byte[] body = await ReadAsync(response.Content, inputs.MaxBytes, shown, both.Token).ConfigureAwait(false);
            string? type = response.Content.Headers.ContentType?.MediaType;
            var outputs = new Outputs(status, type, BodyOf(body, type, shown));
            return new InlineResult.Completed(JsonSerializer.SerializeToElement(outputs, ActivityJson.Options));
        }
        catch (OperationCanceledException e) when (limit.IsCancellationRequested && !cancel.IsCancellationRequested)
        {
            throw new ActivityException("ENG-036", $"{shown} did not answer within {inputs.Timeout}.", FailureKind.Timeout, e);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw new ActivityException("ENG-037", $"{shown} could not be reached: {e.Message}", FailureKind.Infrastructure, e);
        }
    }

    private static Uri Address(string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out Uri? address) && address.Scheme is "http" or "https"
            ? address
            : throw Wrong("needs an absolute http or https address in 'url'");

    private static ActivityException Wrong(string what) => new("ENG-034", $"control.http {what}.");

    private static HttpRequestMessage RequestOf(Inputs inputs, Uri address, AttemptId attempt)
    {
        if (inputs.Method.Length == 0 || inputs.Method.AsSpan().ContainsAnyExcept(MethodLetters))
            throw Wrong($"cannot make a request with the method '{inputs.Method}'; 'method' is a word such as GET or POST");
        var request = new HttpRequestMessage(new HttpMethod(inputs.Method.ToUpperInvariant()), address);
        if (inputs.Body is { ValueKind: not (JsonValueKind.Null or JsonValueKind.Undefined) } body)
        {
            bool isText = body.ValueKind == JsonValueKind.String;
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(isText ? body.GetString()! : body.GetRawText()));
            string type = inputs.ContentType ?? (isText ? "text/plain; charset=utf-8" : "application/json");
            request.Content.Headers.ContentType = MediaTypeHeaderValue.TryParse(type, out MediaTypeHeaderValue? parsed)
                ? parsed
                : throw Wrong($"cannot send a body of the type '{type}'; 'contentType' is written like text/csv");
        }
        request.Headers.TryAddWithoutValidation("Idempotency-Key", attempt.ToString());
        foreach ((string name, string value) in inputs.Headers.Concat(inputs.SecretHeaders.Select(h => KeyValuePair.Create(h.Key, Secrets.Find(h.Value, $"header '{h.Key}'")!))))
        {
            // The later of two of the same name counts, also in place of our Idempotency-Key.
            if (request.Headers.NonValidated.Contains(name))
                request.Headers.Remove(name);
            if (value.AsSpan().ContainsAny('\r', '\n') || !request.Headers.TryAddWithoutValidation(name, value))
                throw Wrong($"cannot send the header '{name}'; a body's type is declared as 'contentType'");
        }
        return request;
    }

    private static ActivityException Unexpected(string shown, int status) => new(
        "ENG-035", $"{shown} answered {status}.",
        status is 429 or >= 500 ? FailureKind.Infrastructure : FailureKind.User);

    private static async Task<byte[]> ReadAsync(HttpContent content, int most, string shown, CancellationToken cancel)
    {
        using Stream stream = await content.ReadAsStreamAsync(cancel).ConfigureAwait(false);
        var body = new byte[Math.Min(most, 8192) + 1];
        int length = 0;
        while (true)
        {
            int read = await stream.ReadAsync(body.AsMemory(length), cancel).ConfigureAwait(false);
            if (read == 0)
                return body[..length];
            length += read;
            if (length > most)
                throw new ActivityException("ENG-038", $"{shown} answered more than the {most} bytes that 'maxBytes' allows.");
            if (length == body.Length)
                Array.Resize(ref body, (int)Math.Min(most + 1L, body.Length * 2L));
        }
    }

    private static JsonElement BodyOf(byte[] body, string? type, string shown)
    {
        bool isJson = type is not null && (type.Equals("application/json", StringComparison.OrdinalIgnoreCase) || type.EndsWith("+json", StringComparison.OrdinalIgnoreCase));
        if (!isJson || body.Length == 0)
            return JsonSerializer.SerializeToElement(Encoding.UTF8.GetString(body));
        try
        {
            return JsonElement.Parse(body);
        }
        catch (JsonException e)
        {
            throw new ActivityException("ENG-039", $"{shown} says it answers JSON, but it does not: {e.Message}", FailureKind.User, e);
        }
    }
}
