using System.Text.Json;
using MLPlatform.Activities.Data.Checks;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Lineage.OpenLineage;
using MLPlatform.Core.Runs;

namespace MLPlatform.Server.Lineage;

/// <summary>Reads what an attempt of data.check found, whether it held or failed.</summary>
internal sealed class CheckReader(IArtifactStore artifacts)
{
    private const string Checking = "data.check";

    /// <summary>The input that is checked.</summary>
    public const string Input = "table";

    /// <summary>Null for other activities, and where the report is gone.</summary>
    public async Task<CheckFacts?> ReadAsync(string type, IReadOnlyList<ArtifactRow> outputs, Failure? failure, CancellationToken cancel)
    {
        string? hash = type != Checking ? null : failure is null ? outputs.FirstOrDefault(o => o.Output == "report")?.Hash : CheckData.ReportOf(failure.Message);
        if (hash is null || await artifacts.FindAsync(hash, cancel) is not { } report)
            return null;
        return await ReadAsync(report, "result.json", cancel) is { } result && await ReadAsync(report, "profile.json", cancel) is { } profile
            ? new CheckFacts(result, profile) : null;
    }

    private async Task<JsonElement?> ReadAsync(ArtifactManifest report, string name, CancellationToken cancel)
    {
        if (report.Files.FirstOrDefault(f => f.Path == name) is not { } file)
            return null;
        await using FileStream stream = File.OpenRead(await artifacts.FetchAsync(file, cancel));
        using JsonDocument document = await JsonDocument.ParseAsync(stream, cancellationToken: cancel);
        return document.RootElement.Clone();
    }
}
