using System.Globalization;
using System.Text.Json;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Datasets;
using MLPlatform.Core.Lineage;
using MLPlatform.Core.Pipelines;

namespace MLPlatform.Server.Runs;

/// <summary>
/// Artifacts as people name them, for parameters that are objects: <c>sha256:…</c> as a run shows it, or <c>dataset:NAME</c> and
/// <c>dataset:NAME@VERSION</c>. They become whole references before the run is planned, so that the plan says what is read.
/// </summary>
internal sealed class GivenArtifacts(ILineageStore lineage, IDatasetStore datasets)
{
    private const string Hash = "sha256:", Dataset = "dataset:";

    /// <summary>The parameters with references in place of names; or what is named and not there.</summary>
    public async Task<(JsonElement? Parameters, string? Missing)> FillAsync(
        JsonElement? given, IReadOnlyDictionary<string, ParameterDeclaration> declared, CancellationToken cancel)
    {
        if (given is not { ValueKind: JsonValueKind.Object } parameters)
            return (given, null);
        Dictionary<string, JsonElement> filled = [];
        bool changed = false;
        foreach (JsonProperty parameter in parameters.EnumerateObject())
        {
            filled[parameter.Name] = parameter.Value;
            if (!declared.TryGetValue(parameter.Name, out ParameterDeclaration? declaration) || declaration.Type != ParameterType.Object || NameIn(parameter.Value) is not { } name)
                continue;
            if (await FindAsync(name, cancel) is not { } artifact)
                return (null, $"the parameter \"{parameter.Name}\" names {name}, which is not there");
            (filled[parameter.Name], changed) = (JsonSerializer.SerializeToElement(artifact), true);
        }
        return (changed ? JsonSerializer.SerializeToElement(filled) : given, null);
    }

    // A reference that lacks its kind or size is a name, too.
    private static string? NameIn(JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.String)
        {
            string text = value.GetString()!.Trim();
            if (text.StartsWith(Hash, StringComparison.Ordinal) || text.StartsWith(Dataset, StringComparison.Ordinal))
                return text;
            if (!text.StartsWith('{'))
                return null;
            try
            {
                return NameIn(JsonElement.Parse(text));
            }
            catch (JsonException)
            {
                return null; // Told by the planner.
            }
        }
        return value.ValueKind == JsonValueKind.Object && value.TryGetProperty("$artifact", out JsonElement hash) && hash.ValueKind == JsonValueKind.String
            && !(value.TryGetProperty("kind", out _) && value.TryGetProperty("bytes", out _)) ? hash.GetString() : null;
    }

    private async Task<ArtifactRef?> FindAsync(string name, CancellationToken cancel)
    {
        if (!name.StartsWith(Dataset, StringComparison.Ordinal))
            return await lineage.MadeAsync([name], cancel) is [{ } made, ..] ? new ArtifactRef(made.Hash, made.Kind, made.Bytes) : null;
        string[] parts = name[Dataset.Length..].Split('@', 2);
        int? version = parts.Length == 1 ? null : int.TryParse(parts[1], CultureInfo.InvariantCulture, out int number) ? number : 0;
        return (await datasets.FindVersionAsync(parts[0], version, null, cancel))?.Artifact;
    }
}
