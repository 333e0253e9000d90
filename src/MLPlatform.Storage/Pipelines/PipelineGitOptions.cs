using System.ComponentModel.DataAnnotations;

namespace MLPlatform.Storage.Pipelines;

/// <summary>The repository that holds the pipelines; section <c>Pipelines:Git</c>. Without a repository pipelines are kept by the platform alone.</summary>
public sealed class PipelineGitOptions
{
    /// <summary>Its address as git takes it; a path only below one of <c>Code:GitRoots</c>. Default: none.</summary>
    public string? Repository { get; set; }

    /// <summary>The branch that is deployed. Default: main.</summary>
    [Required]
    public string Branch { get; set; } = "main";

    /// <summary>The folder inside of it whose <c>*.json</c> are pipelines. Default: its root.</summary>
    public string Folder { get; set; } = "";

    /// <summary>The folder inside of it that code folders are committed to, each to one of its own name. Default: scripts; empty for none.</summary>
    public string Scripts { get; set; } = "scripts";

    /// <summary>Longest time between two looks when no webhook calls. Default: 1 minute.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan Poll { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>The name of the secret (section <c>Secrets</c>) that webhooks prove themselves with. Default: none, webhooks are refused.</summary>
    public string? Secret { get; set; }

    /// <summary>The domain of the addresses that commits give to people of the platform. Default: mlplatform.invalid.</summary>
    [Required, RegularExpression("[A-Za-z0-9][A-Za-z0-9.-]*")]
    public string EmailDomain { get; set; } = "mlplatform.invalid";

    /// <summary>Channels that are told of files that cannot be registered. Default: nobody; the alarm is listed.</summary>
    public IList<string> AlarmTo { get; set; } = [];
}
