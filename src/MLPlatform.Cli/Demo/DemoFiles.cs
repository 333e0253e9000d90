using System.Reflection;
using System.Text.Json.Nodes;

namespace MLPlatform.Cli.Demo;

/// <summary>The sample's pipeline files, which are built into this program.</summary>
internal static class DemoFiles
{
    public const string Pipeline = "samples/appstore/pipeline.json", Day = "samples/appstore/day.json", Loop = "samples/appstore/loop.json";

    public static JsonObject Read(string name)
    {
        using Stream file = Assembly.GetExecutingAssembly().GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"{name} was not built into this program");
        return JsonNode.Parse(file)!.AsObject();
    }
}
