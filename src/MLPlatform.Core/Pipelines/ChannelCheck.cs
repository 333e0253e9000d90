using MLPlatform.Core.Pipelines.Checks;
using MLPlatform.Core.Pipelines.Source;

namespace MLPlatform.Core.Pipelines;

/// <summary>What a server knows and a file alone does not: whether the channels that alarms name are there.</summary>
public static class ChannelCheck
{
    /// <summary>A warning for each channel that is none; nothing where the file cannot be read.</summary>
    public static IReadOnlyList<Diagnostic> Warnings(ReadOnlyMemory<byte> utf8, string fileName, IReadOnlyCollection<string> channels)
    {
        DiagnosticList problems = new(new SourceFile(utf8, fileName));
        if (SourceReader.Read(problems.File, problems) is not { } root || problems.Errors > 0)
            return [];
        AlarmChecks.CheckChannels(root, channels, problems);
        return problems.ToList();
    }
}
