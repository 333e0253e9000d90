using System.Text.Json.Serialization;

namespace MLPlatform.Core.Artifacts;

/// <summary>
/// A reference to an immutable, content-addressed output. As JSON:
/// <c>{"$artifact":"sha256:…","kind":"table","bytes":123}</c>.
/// </summary>
/// <param name="Hash"><c>sha256:</c> and 64 hexadecimal digits: the hash of the artifact's manifest.</param>
/// <param name="Kind">What it is: <c>table</c>, <c>features</c>, <c>model</c>, <c>report</c>, <c>file</c> or <c>folder</c>.</param>
/// <param name="Bytes">The size of all its files.</param>
public sealed record ArtifactRef(
    [property: JsonPropertyName("$artifact"), JsonRequired] string Hash,
    [property: JsonPropertyName("kind"), JsonRequired] string Kind,
    [property: JsonPropertyName("bytes")] long Bytes);

/// <summary>One file of an artifact.</summary>
/// <param name="Path">Relative, with forward slashes, never leaving the artifact.</param>
/// <param name="Hash"><c>sha256:</c> and 64 hexadecimal digits of the file's bytes.</param>
public sealed record ArtifactFile(string Path, string Hash, long Bytes);

/// <summary>The files of an artifact, ordered by path (ordinal). Its canonical JSON is what <see cref="ArtifactRef.Hash"/> hashes.</summary>
public sealed record ArtifactManifest(IReadOnlyList<ArtifactFile> Files);
