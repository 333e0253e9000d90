using System.ComponentModel;
using System.Text.Json.Serialization;

namespace MLPlatform.Bees.Settings;

/// <summary>Where records go.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(HttpSinkSettings), "http")]
[JsonDerivedType(typeof(FolderSinkSettings), "folder")]
public abstract record SinkSettings;

/// <summary>The collector of the platform whose address the agent has.</summary>
public sealed record HttpSinkSettings : SinkSettings;

/// <summary>Files in a folder of this host.</summary>
public sealed record FolderSinkSettings : SinkSettings
{
    public required string Folder { get; init; }

    [Description("jsonl: one object with offset and text a line; raw: the records, each followed by a line feed.")]
    public FolderFormat Format { get; init; }
}

/// <summary>How the folder sink writes records.</summary>
public enum FolderFormat
{
    Jsonl,
    Raw,
}
