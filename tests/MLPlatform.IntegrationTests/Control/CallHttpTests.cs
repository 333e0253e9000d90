using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using MLPlatform.Activities.Control;
using MLPlatform.Activities.Data.Stores;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Runs;
using MLPlatform.Tests.Tables;
using Xunit;

namespace MLPlatform.IntegrationTests.Control;

public sealed class CallHttpTests : IDisposable
{
    private readonly TestActivityContext _context = new();
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    public CallHttpTests() => _listener.Start();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string Url => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    public void Dispose()
    {
        _listener.Dispose();
        _context.Dispose();
    }

    [Fact]
    public async Task A_request_carries_its_headers_its_body_and_the_attempts_id()
    {
        (InlineResult result, string request) = await ExchangeAsync(
            new CallHttp.Inputs
            {
                Url = Url + "/hook?token=hidden",
                Method = "post",
                Body = JsonElement.Parse("""{"a":[1,2]}"""),
                Headers = new Dictionary<string, string> { ["X-One"] = "1" },
                SecretHeaders = new Dictionary<string, SecretRef> { ["Authorization"] = new() { File = _context.Write("secret", "Bearer hidden\n") } },
            },
            "HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: 8\r\n\r\n{\"id\":7}");
        JsonElement outputs = Assert.IsType<InlineResult.Completed>(result).Outputs;
        Assert.Equal((201, 7), (outputs.GetProperty("status").GetInt32(), outputs.GetProperty("body").GetProperty("id").GetInt32()));
        Assert.StartsWith("POST /hook?token=hidden HTTP/1.1", request, StringComparison.Ordinal);
        foreach (string line in new[] { "X-One: 1", "Authorization: Bearer hidden", $"Idempotency-Key: {_context.Attempt}", "Content-Type: application/json", """{"a":[1,2]}""" })
            Assert.Contains(line, request, StringComparison.Ordinal);
        Assert.DoesNotContain("hidden", string.Join("\n", _context.Lines), StringComparison.Ordinal);
    }

    public static TheoryData<string, CallHttp.Inputs> RequestsThatMakeNoSense => new()
    {
        { "'method'", new() { Url = "http://127.0.0.1:9/", Method = "GET it" } },
        { "'method'", new() { Url = "http://127.0.0.1:9/", Method = "" } },
        { "'contentType'", new() { Url = "http://127.0.0.1:9/", Body = JsonElement.Parse("{}"), ContentType = "no type" } },
        { "'timeout'", new() { Url = "http://127.0.0.1:9/", Timeout = TimeSpan.Zero } },
        { "'timeout'", new() { Url = "http://127.0.0.1:9/", Timeout = TimeSpan.FromDays(365) } },
        { "'X One'", new() { Url = "http://127.0.0.1:9/", Headers = new Dictionary<string, string> { ["X One"] = "1" } } },
        { "'url'", new() { Url = "ftp://127.0.0.1/" } },
    };

    [Theory, MemberData(nameof(RequestsThatMakeNoSense))]
    public async Task A_request_that_makes_no_sense_is_the_users_to_correct(string about, CallHttp.Inputs inputs)
    {
        ActivityException problem = await Assert.ThrowsAsync<ActivityException>(() => new CallHttp().RunAsync(inputs, _context, Cancel).AsTask());
        Assert.Equal(("ENG-034", FailureKind.User), (problem.Code, problem.Kind));
        Assert.Contains(about, problem.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", "ENG-035", FailureKind.Infrastructure)]
    [InlineData("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "ENG-035", FailureKind.User)]
    [InlineData("HTTP/1.1 302 Found\r\nLocation: http://elsewhere/\r\nContent-Length: 0\r\n\r\n", "ENG-035", FailureKind.User)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456789012345678901234567890123456789", "ENG-038", FailureKind.User)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 4\r\n\r\noops", "ENG-039", FailureKind.User)]
    [InlineData("no HTTP at all\r\n\r\n", "ENG-037", FailureKind.Infrastructure)]
    public async Task An_answer_that_will_not_do_fails_with_its_kind(string answer, string code, FailureKind kind)
    {
        ActivityException problem = await Assert.ThrowsAsync<ActivityException>(
            () => ExchangeAsync(new CallHttp.Inputs { Url = Url + "/x?token=hidden", MaxBytes = 20 }, answer));
        Assert.Equal((code, kind), (problem.Code, problem.Kind));
        Assert.DoesNotContain("hidden", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_never_answers_is_a_timeout()
    {
        ActivityException problem = await Assert.ThrowsAsync<ActivityException>(
            async () => await new CallHttp().RunAsync(new CallHttp.Inputs { Url = Url, Timeout = TimeSpan.FromMilliseconds(100) }, _context, Cancel));
        Assert.Equal(("ENG-036", FailureKind.Timeout), (problem.Code, problem.Kind));
    }

    [Theory]
    [InlineData("ftp://host/x")]
    [InlineData("/relative")]
    [InlineData("file:///etc/hostname")]
    public async Task Only_http_addresses_are_called(string url)
    {
        ActivityException problem = await Assert.ThrowsAsync<ActivityException>(
            async () => await new CallHttp().RunAsync(new CallHttp.Inputs { Url = url }, _context, Cancel));
        Assert.Equal("ENG-034", problem.Code);
    }

    private async Task<(InlineResult Result, string Request)> ExchangeAsync(CallHttp.Inputs inputs, string answer)
    {
        Task<string> served = ServeAsync(answer);
        InlineResult result = await new CallHttp().RunAsync(inputs, _context, Cancel);
        return (result, await served);
    }

    private async Task<string> ServeAsync(string answer)
    {
        using TcpClient client = await _listener.AcceptTcpClientAsync(Cancel);
        NetworkStream stream = client.GetStream();
        var request = new StringBuilder();
        var buffer = new byte[4096];
        do
        {
            request.Append(Encoding.UTF8.GetString(buffer, 0, await stream.ReadAsync(buffer, Cancel)));
        }
        while (!IsWhole(request.ToString()));
        await stream.WriteAsync(Encoding.UTF8.GetBytes(answer), Cancel);
        return request.ToString();
    }

    private static bool IsWhole(string request)
    {
        int end = request.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        int at = request.IndexOf("Content-Length: ", StringComparison.Ordinal);
        int length = at < 0 ? 0 : int.Parse(request[(at + 16)..request.IndexOf('\r', at)], System.Globalization.CultureInfo.InvariantCulture);
        return end >= 0 && request.Length >= end + 4 + length;
    }
}
