using System.Text.Json;
using MLPlatform.Core.Artifacts;

namespace MLPlatform.Engine.Artifacts;

/// <summary>Finds the artifact references in a JSON value.</summary>
internal static class ArtifactFinder
{
    /// <summary>Every reference with its path, for example <c>folds[2].model</c>.</summary>
    public static IEnumerable<(string Path, ArtifactRef Artifact)> In(JsonElement value, string path = "")
    {
        if (value.ValueKind == JsonValueKind.Object)
        {
            if (value.TryGetProperty("$artifact", out JsonElement hash) && hash.ValueKind == JsonValueKind.String)
            {
                string kind = value.TryGetProperty("kind", out JsonElement k) && k.ValueKind == JsonValueKind.String ? k.GetString()! : "file";
                long bytes = value.TryGetProperty("bytes", out JsonElement b) && b.TryGetInt64(out long size) ? size : 0;
                yield return (path, new ArtifactRef(hash.GetString()!, kind, bytes));
                yield break;
            }
            foreach (JsonProperty property in value.EnumerateObject())
            {
                foreach ((string, ArtifactRef) found in In(property.Value, path.Length == 0 ? property.Name : $"{path}.{property.Name}"))
                    yield return found;
            }
        }
        else if (value.ValueKind == JsonValueKind.Array)
        {
            int index = 0;
            foreach (JsonElement item in value.EnumerateArray())
            {
                foreach ((string, ArtifactRef) found in In(item, $"{path}[{index}]"))
                    yield return found;
                index++;
            }
        }
    }
}
