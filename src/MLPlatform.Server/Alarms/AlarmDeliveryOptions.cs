using System.ComponentModel.DataAnnotations;

namespace MLPlatform.Server.Alarms;

/// <summary>How people are told; section <c>Alarms</c>.</summary>
public sealed class AlarmDeliveryOptions
{
    /// <summary>The channels by name: <c>Alarms:Channels:NAME:Type</c> and so on. Default: none.</summary>
    public IDictionary<string, ChannelSettings> Channels { get; } = new Dictionary<string, ChannelSettings>(StringComparer.Ordinal);

    /// <summary>The platform's address as people reach it, for links in messages. Default: none, messages name the alarm.</summary>
    [Url]
    public string? Link { get; set; }

    /// <summary>How long a channel has to take a message. Default: 10 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:01:00")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>The pause before a message is tried again; it doubles with each try. Default: 5 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "01:00:00")]
    public TimeSpan FirstRetry { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>The longest pause between two tries. Default: 10 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "1.00:00:00")]
    public TimeSpan LongestRetry { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>After how long a message that nobody takes is given up. Default: 3 days.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "30.00:00:00")]
    public TimeSpan GiveUpAfter { get; set; } = TimeSpan.FromDays(3);
}

/// <summary>Where a channel leads. Addresses of chat services hold secrets, so none of this is ever shown or logged.</summary>
public sealed class ChannelSettings
{
    /// <summary>What listens there.</summary>
    public ChannelType Type { get; set; }

    /// <summary>For all but email: where messages are posted. For alertmanager: its address, to which <c>/api/v2/alerts</c> is added.</summary>
    public string? Url { get; set; }

    /// <summary>For webhook, dingTalk and feishu: what messages are signed with. Default: none, they are not signed.</summary>
    public string? Secret { get; set; }

    /// <summary>For webhook and alertmanager: the bearer token that is asked for. Default: none.</summary>
    public string? Token { get; set; }

    /// <summary>For email: the SMTP server.</summary>
    public string? Host { get; set; }

    /// <summary>For email. Default: 587.</summary>
    public int Port { get; set; } = 587;

    /// <summary>For email. Default: startTls.</summary>
    public MailSecurity Security { get; set; } = MailSecurity.StartTls;

    /// <summary>For email. Default: none, nobody logs in.</summary>
    public string? User { get; set; }

    public string? Password { get; set; }

    /// <summary>For email: the sender's address.</summary>
    public string? From { get; set; }

    /// <summary>For email: the addresses of those who are told.</summary>
    public IList<string> To { get; } = [];

    /// <summary>What is wrong with them, or null.</summary>
    public string? Problem() => Type switch
    {
        ChannelType.None => "it has no Type",
        ChannelType.Email => Host is null or "" ? "email needs Host" : From is null or "" ? "email needs From" : To.Count == 0 ? "email needs To"
            : Port is < 1 or > 65_535 ? "Port must be from 1 to 65535" : null,
        _ => !Uri.TryCreate(Url, UriKind.Absolute, out Uri? uri) || uri.Scheme is not ("http" or "https") ? $"{Type} needs Url, an address that begins with http:// or https://" : null,
    };
}

/// <summary>What listens at a channel.</summary>
public enum ChannelType
{
    None,
    Webhook,
    Email,
    Alertmanager,
    DingTalk,
    Feishu,
    WeCom,
    Slack,
}

/// <summary>How mail goes over the wire.</summary>
public enum MailSecurity
{
    /// <summary>In the clear: for a relay on the same machine.</summary>
    None,

    /// <summary>Begins in the clear and must become TLS before anything is said.</summary>
    StartTls,

    /// <summary>TLS from the first byte.</summary>
    Tls,
}
