using System.Net.Sockets;
using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;
using Microsoft.Extensions.Options;
using MimeKit;
using MLPlatform.Core.Alarms.Messages;

namespace MLPlatform.Server.Alarms;

/// <summary>Sends messages as plain text mail through an SMTP server.</summary>
internal sealed class EmailSender(IOptions<AlarmDeliveryOptions> options, TimeProvider time) : IChannelSender
{
    public bool Serves(ChannelType type) => type == ChannelType.Email;

    public async Task<SendResult> SendAsync(ChannelSettings channel, AlarmMessage message, CancellationToken cancel)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        ending.CancelAfter(options.Value.Timeout);
        try
        {
            using MimeMessage mail = Mail(channel, message);
            using SmtpClient client = new();
            await client.ConnectAsync(channel.Host!, channel.Port, Security(channel.Security), ending.Token);
            if (channel.User is { Length: > 0 } user)
                await client.AuthenticateAsync(user, channel.Password ?? "", ending.Token);
            await client.SendAsync(mail, ending.Token);
            // It is taken; a farewell that fails must not send it again.
            await client.DisconnectAsync(quit: false, CancellationToken.None);
            return new SendResult.Sent();
        }
        catch (SmtpCommandException e) when ((int)e.StatusCode >= 500 && e.ErrorCode is SmtpErrorCode.RecipientNotAccepted or SmtpErrorCode.SenderNotAccepted or SmtpErrorCode.MessageNotAccepted)
        {
            return new SendResult.Never($"ALARM-011: the mail server refused the message with {(int)e.StatusCode}: {e.Message}");
        }
        catch (Exception e) when (e is SmtpCommandException or ServiceNotAuthenticatedException or AuthenticationException)
        {
            return new SendResult.Again($"ALARM-011: the mail server refused: {e.Message}", Unreachable: false);
        }
        catch (ParseException e)
        {
            return new SendResult.Never($"ALARM-014: an address of the channel is none: {e.Message}");
        }
        catch (Exception e) when (e is SocketException or IOException or SslHandshakeException or SmtpProtocolException or NotSupportedException)
        {
            return new SendResult.Again($"ALARM-012: the mail server cannot be used: {e.GetType().Name}: {e.Message.Split('\n')[0].TrimEnd()}", Unreachable: true);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return new SendResult.Again($"ALARM-012: the mail server did not take it within {options.Value.Timeout.TotalSeconds:0.#} s", Unreachable: true);
        }
    }

    private MimeMessage Mail(ChannelSettings channel, AlarmMessage message)
    {
        MimeMessage mail = new()
        {
            Subject = message.Title.ReplaceLineEndings(" "),
            Date = time.GetUtcNow(),
            // The same news has the same id, so that mail programs show what was sent twice once.
            MessageId = $"{message.Alarms[0].Id}.{message.Kind}.{message.Alarms.Count}@mlplatform".ToLowerInvariant(),
            Body = new TextPart("plain") { Text = message.Text() },
        };
        mail.From.Add(MailboxAddress.Parse(channel.From!));
        mail.To.AddRange(channel.To.Select(MailboxAddress.Parse));
        mail.Headers.Add("Auto-Submitted", "auto-generated");
        mail.Headers.Add("X-MLPlatform-Alarms", string.Join(' ', message.Alarms.Select(a => a.Id)));
        return mail;
    }

    private static SecureSocketOptions Security(MailSecurity security) => security switch
    {
        MailSecurity.None => SecureSocketOptions.None,
        MailSecurity.Tls => SecureSocketOptions.SslOnConnect,
        _ => SecureSocketOptions.StartTls,
    };
}
