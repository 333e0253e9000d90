using System.Text.RegularExpressions;
using MLPlatform.Core.Elsa;
using MLPlatform.Core.Runs;
using MLPlatform.Server.Elsa.Definitions;
using MLPlatform.Server.Hosting;
using MLPlatform.Server.Runs;

namespace MLPlatform.Server.Elsa.Instances;

/// <summary>An activity of a run: where it stands in the definition, and its attempts.</summary>
internal sealed record InstanceActivity(ElsaNode Node, ActivityRow Row, IReadOnlyList<AttemptRow> Attempts);

/// <summary>A run as Elsa knows instances.</summary>
internal sealed record Instance(RunRow Run, string VersionId, int Version, IReadOnlyList<InstanceActivity> Activities, InstanceInputs Inputs);

/// <summary>Runs and their attempts, put where the definition has them.</summary>
internal sealed partial class InstanceDesk(IRunStore runs, InstanceVersions versions, HostSettings settings)
{
    public async Task<Instance?> FindAsync(string id, CancellationToken cancel)
    {
        if (!Guid.TryParse(id, out Guid run) || await runs.FindRunAsync(new RunId(run), cancel) is not { } row)
            return null;
        string version = await versions.IdOfAsync(row, cancel);
        Dictionary<string, ElsaNode> nodes = [];
        int number = 1;
        if (await versions.FindAsync(version, cancel) is var (known, bare))
        {
            number = known.Head.Version;
            nodes = ElsaNodes.Of(known.Whole(bare, mayEdit: false)).ToDictionary(n => n.Name, StringComparer.Ordinal);
        }
        // Activities before attempts: an attempt belongs to an activity that was written before it.
        IReadOnlyList<ActivityRow> activities = await RunNodes.ListAsync(runs, row, cancel);
        ILookup<int, AttemptRow> attempts = (await runs.ListAttemptsAsync(row.Id, null, cancel)).ToLookup(a => a.Id.Node);
        return new Instance(row, version, number, [.. activities.Select(a => new InstanceActivity(
            nodes.GetValueOrDefault(Base(a.Name)) ?? new ElsaNode(a.Name, "Workflow1:Flowchart:" + a.Name, a.Name, a.Type), a, [.. attempts[a.Node].OrderBy(t => t.Id.Number)]))], await InstanceInputs.OfAsync(runs, row, settings, cancel));
    }

    public async Task<(IReadOnlyList<RunRow> Page, int Total)> ListAsync(InstanceFilter filter, CancellationToken cancel)
    {
        const int most = 5000;
        List<RunRow> found = [];
        List<string?> pipelines = [.. filter.Definitions];
        if (pipelines.Count == 0)
            pipelines.Add(null); // All of them.
        foreach (string? pipeline in pipelines)
        {
            string? cursor = null;
            for (int seen = 0; seen < most; seen += 500)
            {
                Page<RunRow> page = await runs.ListRunsAsync(new RunFilter(pipeline, null, null, null), cursor, 500, cancel);
                found.AddRange(page.Items.Where(filter.Takes));
                cursor = page.Next;
                if (cursor is null)
                    break;
            }
        }
        RunRow[] ordered = [.. found.OrderByDescending(r => r.CreatedAt).ThenBy(r => r.Id.Value)];
        return ([.. ordered.Skip(filter.Skip).Take(filter.Take)], ordered.Length);
    }

    // What belongs to an activity: instances of a forEach, and the wait for another pipeline before it.
    private static string Base(string name) => Suffix().Replace(name, "");

    [GeneratedRegex(@"(\[\d+\]|:upstream)$", RegexOptions.CultureInvariant)]
    private static partial Regex Suffix();
}
