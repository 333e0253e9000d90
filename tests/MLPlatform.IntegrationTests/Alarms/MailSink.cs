using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace MLPlatform.IntegrationTests.Alarms;

/// <summary>A mail as the sink took it.</summary>
internal sealed record TakenMail(string From, IReadOnlyList<string> To, string? User, string Data);

/// <summary>An SMTP server on a free port of 127.0.0.1, as far as RFC 5321 asks of one that only takes mail, independent of our client.</summary>
internal sealed class MailSink : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _ending = new();
    private Task _serving = Task.CompletedTask;
    private int _busy;

    public ConcurrentQueue<TakenMail> Mails { get; } = [];

    public SemaphoreSlim Arrived { get; } = new(0);

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Greets so many with 421.</summary>
    public void BeBusy(int connections) => _busy = connections;

    public void Start()
    {
        _listener.Start();
        _serving = ServeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        _listener.Dispose();
        await _serving;
        _ending.Dispose();
        Arrived.Dispose();
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                using TcpClient client = await _listener.AcceptTcpClientAsync(_ending.Token);
                await TalkAsync(client.GetStream());
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or IOException or InvalidOperationException) // The last: the listener was stopped before it was asked.
        {
            // The test is over.
        }
    }

    private async Task TalkAsync(NetworkStream stream)
    {
        using StreamReader reader = new(stream, Encoding.UTF8);
        (string from, List<string> to, string? user) = ("", [], null);
        if (Interlocked.Decrement(ref _busy) >= 0)
        {
            await SayAsync("421 too busy");
            return;
        }
        await SayAsync("220 sink");
        while (await reader.ReadLineAsync(_ending.Token) is { } line)
        {
            string verb = line.Split(' ', ':')[0].ToUpperInvariant();
            switch (verb)
            {
                case "EHLO":
                    await SayAsync("250-sink\r\n250 AUTH PLAIN");
                    break;
                case "AUTH":
                    string[] plain = Encoding.UTF8.GetString(Convert.FromBase64String(line.Split(' ')[2])).Split('\0');
                    user = plain[1];
                    await SayAsync(plain[2] == "pa55" ? "235 welcome" : "535 no");
                    break;
                case "MAIL":
                    (from, to) = (line, []);
                    await SayAsync("250 ok");
                    break;
                case "RCPT" when line.Contains("nobody", StringComparison.Ordinal):
                    await SayAsync("550 no such user");
                    break;
                case "RCPT":
                    to.Add(line);
                    await SayAsync("250 ok");
                    break;
                case "DATA":
                    await SayAsync("354 go on");
                    StringBuilder data = new();
                    while (await reader.ReadLineAsync(_ending.Token) is { } text && text != ".")
                        data.Append(text.StartsWith('.') ? text[1..] : text).Append('\n');
                    Mails.Enqueue(new TakenMail(from, to, user, data.ToString()));
                    await SayAsync("250 taken");
                    Arrived.Release();
                    break;
                case "QUIT":
                    await SayAsync("221 bye");
                    return;
                default:
                    await SayAsync("250 ok");
                    break;
            }
        }

        Task SayAsync(string answer) => stream.WriteAsync(Encoding.ASCII.GetBytes(answer + "\r\n"), _ending.Token).AsTask();
    }
}
