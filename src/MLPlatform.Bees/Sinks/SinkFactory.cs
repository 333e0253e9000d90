using MLPlatform.Bees.Settings;

namespace MLPlatform.Bees.Sinks;

/// <summary>Makes the sink that the settings name.</summary>
internal static class SinkFactory
{
    public static ISink Open(AgentSettings settings) => settings.Sink switch
    {
        FolderSinkSettings folder => new FolderSink(folder),
        HttpSinkSettings => new HttpSink(new PlatformClient(settings), settings.Agent),
        KafkaSinkSettings kafka => new KafkaSink(kafka, settings.Agent),
        _ => throw new NotSupportedException(settings.Sink.GetType().Name),
    };
}
