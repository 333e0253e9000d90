using System.ComponentModel;
using System.Net;
using System.Text.Json.Serialization;
using MLPlatform.Core.Bees;
using MLPlatform.Core.Pipelines;

namespace MLPlatform.Server.Bees.Relay;

/// <summary>The file that <c>mlp bees relay</c> is started with.</summary>
public sealed record RelaySettings
{
    [JsonPropertyName("$schema")]
    public string? Schema { get; init; }

    [Description("The address that agents send to.")]
    public required string Listen { get; init; }

    [Description("Where what came is kept until the server has it. On a disk of this host; one relay at a time.")]
    public required string Folder { get; init; }

    [Description("The platform's address, or another relay's.")]
    public required string Server { get; init; }

    [Description("A file that holds the API token for the server alone, of the role editor.")]
    public string? TokenFile { get; init; }

    [Description("A file that holds the token alone that agents must send. Needed wherever others than this host are listened to.")]
    public string? AgentTokenFile { get; init; }

    /// <summary>The settings, or null and at least one error.</summary>
    public static (RelaySettings? Settings, IReadOnlyList<Diagnostic> Problems) Read(ReadOnlyMemory<byte> utf8, string fileName) =>
        SettingsFile.Read<RelaySettings>(utf8, fileName, "a relay", Check);

    private static IEnumerable<SettingsProblem> Check(RelaySettings settings)
    {
        foreach ((string name, string address) in new[] { ("listen", settings.Listen), ("server", settings.Server) })
        {
            if (!(Uri.TryCreate(address, UriKind.Absolute, out Uri? uri) && uri.Scheme is "http" or "https"))
                yield return new("BEES-001", [name], $"\"{address}\" is not an address", "Write one such as \"http://127.0.0.1:5080\".");
        }
        if (!Path.IsPathRooted(settings.Folder))
            yield return new("BEES-001", ["folder"], $"\"{settings.Folder}\" is no absolute path");
        if (settings.AgentTokenFile is null && Uri.TryCreate(settings.Listen, UriKind.Absolute, out Uri? listen)
            && !(IPAddress.TryParse(listen.Host.Trim('[', ']'), out IPAddress? host) ? IPAddress.IsLoopback(host) : listen.Host == "localhost"))
            yield return new("BEES-001", ["listen"], "others than this host are listened to without asking for a token", "Set \"agentTokenFile\", or listen on 127.0.0.1.");
    }
}
