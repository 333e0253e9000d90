using Microsoft.Extensions.Options;
using MLPlatform.Core.Alarms;
using MLPlatform.Core.Alarms.Messages;
using MLPlatform.Server.Alarms;
using Xunit;

namespace MLPlatform.IntegrationTests.Alarms;

/// <summary>Mail, against an SMTP server that is not ours.</summary>
public sealed class MailTests : IAsyncLifetime
{
    private readonly MailSink _sink = new();
    private readonly EmailSender _sender = new(Options.Create(new AlarmDeliveryOptions()), TimeProvider.System);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync()
    {
        _sink.Start();
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => _sink.DisposeAsync();

    [Fact]
    public async Task A_mail_arrives_with_its_facts_and_no_header_can_be_smuggled_in()
    {
        Assert.IsType<SendResult.Sent>(await SendAsync(Channel(user: "mlp")));
        TakenMail mail = Assert.Single(_sink.Mails);
        Assert.Equal(("mlp", 2), (mail.User, mail.To.Count));
        Assert.Contains("<alarms@ml.example>", mail.From, StringComparison.Ordinal);
        string[] headers = mail.Data.Split("\n\n")[0].Split('\n');
        Assert.Contains("Subject: [CRITICAL] it broke Bcc: all@ml.example", headers);
        Assert.Contains("Auto-Submitted: auto-generated", headers);
        Assert.DoesNotContain(headers, h => h.StartsWith("Bcc", StringComparison.OrdinalIgnoreCase));
        Assert.Contains("    7: ValueError: ..no", mail.Data, StringComparison.Ordinal);
        Assert.Contains("owner: reco", mail.Data, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_goes_wrong_says_whether_it_is_tried_again_and_no_password()
    {
        _sink.BeBusy(1);
        Assert.IsType<SendResult.Again>(await SendAsync(Channel()));
        SendResult.Again refused = Assert.IsType<SendResult.Again>(await SendAsync(Channel(user: "mlp", password: "wr0ng")));
        Assert.StartsWith("ALARM-011", refused.Why, StringComparison.Ordinal);
        Assert.DoesNotContain("wr0ng", refused.Why, StringComparison.Ordinal);
        Assert.StartsWith("ALARM-011", Assert.IsType<SendResult.Never>(await SendAsync(Channel(to: "nobody@ml.example"))).Why, StringComparison.Ordinal);
        Assert.StartsWith("ALARM-014", Assert.IsType<SendResult.Never>(await SendAsync(Channel(to: "no address@"))).Why, StringComparison.Ordinal);
        // A server without TLS is told nothing where TLS is asked for.
        Assert.IsType<SendResult.Again>(await SendAsync(Channel(security: MailSecurity.StartTls)));
        Assert.Empty(_sink.Mails);
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_tried_again()
    {
        ChannelSettings channel = Channel();
        channel.Port = 1;
        Assert.True(Assert.IsType<SendResult.Again>(await SendAsync(channel)).Unreachable);
    }

    private Task<SendResult> SendAsync(ChannelSettings channel) => _sender.SendAsync(channel, new AlarmMessage(DeliveryKind.Opened, [Alarm]), Cancel);

    private ChannelSettings Channel(string? user = null, string password = "pa55", string to = "ada@ml.example", MailSecurity security = MailSecurity.None)
    {
        ChannelSettings channel = new() { Type = ChannelType.Email, Host = "127.0.0.1", Port = _sink.Port, Security = security, User = user, Password = password, From = "alarms@ml.example" };
        channel.To.Add(to);
        channel.To.Add("bob@ml.example");
        return channel;
    }

    private static Alarm Alarm => new()
    {
        Id = MLPlatform.Core.Alarms.Alarm.IdOf("p#0", "x"),
        Rule = "p#0",
        Event = AlarmEvent.Failed,
        Severity = AlarmSeverity.Critical,
        Pipeline = "p",
        Owner = "reco",
        Summary = "it broke\r\nBcc: all@ml.example",
        At = TimeProvider.System.GetUtcNow(),
        OpenedAt = TimeProvider.System.GetUtcNow(),
        To = ["mail"],
        Evidence = new AlarmEvidence(new LogExcerpt("a", 6, 7, [".", "ValueError: ..no"]), new Dictionary<string, double>()),
        State = new AlarmState.Firing(),
    };
}
