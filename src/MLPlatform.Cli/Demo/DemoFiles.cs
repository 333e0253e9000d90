using System.Reflection;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using MLPlatform.Server.Pipelines;

namespace MLPlatform.Cli.Demo;

/// <summary>The sample's pipeline files, which are built into this program.</summary>
internal static class DemoFiles
{
    public const string Pipeline = "samples/appstore/pipeline.json", Day = "samples/appstore/day.json", Loop = "samples/appstore/loop.json";

    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static JsonObject Read(string name)
    {
        using Stream file = Assembly.GetExecutingAssembly().GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"{name} was not built into this program");
        return JsonNode.Parse(file)!.AsObject();
    }

    /// <summary>The pipeline as the API takes it: as a text of lines, since people open it in the designer.</summary>
    public static PipelineSource Source(JsonObject pipeline, string file) => new(JsonSerializer.SerializeToElement(pipeline.ToJsonString(Readable)), file);
}
