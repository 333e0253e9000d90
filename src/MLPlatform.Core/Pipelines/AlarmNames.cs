using MLPlatform.Core.Pipelines.Checks;
using MLPlatform.Core.Pipelines.Source;

namespace MLPlatform.Core.Pipelines;

/// <summary>What a server knows and a file alone does not: whether what alarms name is there.</summary>
public static class AlarmNames
{
    /// <summary>A warning for each channel and dataset that is none; nothing where the file cannot be read.</summary>
    /// <param name="channels">The channels there are; null where that is not known.</param>
    /// <param name="datasets">The datasets there are; null where that is not known.</param>
    public static IReadOnlyList<Diagnostic> Warnings(
        ReadOnlyMemory<byte> utf8, string fileName, IReadOnlyCollection<string>? channels, IReadOnlyCollection<string>? datasets)
    {
        DiagnosticList problems = new(new SourceFile(utf8, fileName));
        if (SourceReader.Read(problems.File, problems) is not { } root || problems.Errors > 0)
            return [];
        if (channels is not null)
            AlarmChecks.CheckChannels(root, channels, problems);
        if (datasets is not null)
            AlarmChecks.CheckDatasets(root, datasets, problems);
        return problems.ToList();
    }
}
