using System.Text.Json;
using System.Text.Json.Serialization;
using MLPlatform.Core.Activities;

namespace MLPlatform.Core.Pipelines;

/// <summary>Pipeline files as text.</summary>
public static class PipelineText
{
    private static readonly JsonSerializerOptions Options = new(ActivityJson.Options)
    {
        WriteIndented = true,
        NewLine = "\n",
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>The file's text, ending with a line break; compiling it gives the same pipeline again.</summary>
    public static string Print(PipelineFile file) => JsonSerializer.Serialize(file, Options) + "\n";
}
