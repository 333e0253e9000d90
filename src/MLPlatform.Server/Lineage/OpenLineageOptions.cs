using System.ComponentModel.DataAnnotations;

namespace MLPlatform.Server.Lineage;

/// <summary>Sending OpenLineage events: the section <c>OpenLineage</c>. Receiving needs no setting.</summary>
public sealed class OpenLineageOptions
{
    /// <summary>Where events are posted, with the path: <c>http://host:5000/api/v1/lineage</c>. Default: none, nothing is sent.</summary>
    [Url]
    public string? Url { get; set; }

    /// <summary>The namespace of our jobs and datasets. Default: <c>mlplatform</c>.</summary>
    [Required, StringLength(200)]
    public string Namespace { get; set; } = "mlplatform";

    /// <summary>The token that the receiver asks for; never logged. Default: none.</summary>
    public string? ApiKey { get; set; }

    /// <summary>What events name as their producer. Default: <c>urn:mlplatform</c>.</summary>
    [Required]
    public string Producer { get; set; } = "urn:mlplatform";

    /// <summary>How long the receiver has to answer. Default: 10 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:10:00")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Runs older than this are no longer sent. Default: 7 days.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "365.00:00:00")]
    public TimeSpan KeepFor { get; set; } = TimeSpan.FromDays(7);

    /// <summary>Longest pause between two looks for what is to be sent. Default: 2 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:10:00")]
    public TimeSpan Pause { get; set; } = TimeSpan.FromSeconds(2);
}
