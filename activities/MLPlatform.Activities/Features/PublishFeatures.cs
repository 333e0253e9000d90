using System.ComponentModel;
using System.Text.Json;
using MLPlatform.Activities.Tables;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Features;

namespace MLPlatform.Activities.Features;

/// <summary>
/// Registers a table of feature values with its group and statistics, and gives serving what it says was known of each
/// entity at one instant. Serving sees all of it or nothing; doing it again changes nothing.
/// </summary>
[Activity("features.publish", Cacheable = false, Outputs = typeof(PublishFeatures.Outputs))]
[Description("Registers a table of feature values and gives serving the newest values of each entity.")]
public sealed class PublishFeatures(IFeatureStore groups, IOnlineStore online) : IInlineActivity<PublishFeatures.Inputs>
{
    public sealed record Inputs
    {
        [Description("The values: the output table of features.aggregate.")]
        public required ArtifactRef Features { get; init; }

        [Description("The instant as of which serving is to know the entities. Default: the last arrival that the table knows of.")]
        public DateTimeOffset? AsOf { get; init; }

        [Description("Give the values to serving; false registers the table alone. Default: true.")]
        public bool Online { get; init; } = true;

        [Description("Leave serving as it is where it knows a later instant already, as when earlier days are made again; else that is an error. Default: false.")]
        public bool OnlyNewer { get; init; }

        [Description("Read everything back and compare it bit by bit with the offline join as of the same instant. Default: false.")]
        public bool Verify { get; init; }
    }

    /// <param name="Number">The table's number among those of the group's version, from 1.</param>
    /// <param name="Entities">Entities that serving knows; 0 where nothing was given to it.</param>
    /// <param name="Published">Whether serving sees it newly; false where it saw the same already.</param>
    /// <param name="Verified">Values that were compared, all equal; 0 without verify.</param>
    public sealed record Outputs(string Group, int Version, int Number, DateTimeOffset? AsOf, long Entities, bool Published, long Verified);

    public async ValueTask<InlineResult> RunAsync(Inputs inputs, ActivityContext context, CancellationToken cancel)
    {
        // 1. What it is, and whether the group is what is registered.
        FeatureTableFacts facts = await FeatureTableFacts.ReadAsync(context.Artifacts, inputs.Features, cancel).ConfigureAwait(false);
        FeatureGroup group = facts.Group;
        string json = JsonSerializer.Serialize(group, ActivityJson.Options);
        ApplyGroupResult applied = await groups.ApplyAsync(group.Id, group.Version, facts.Hash, json, $"run {context.Attempt.Run}", cancel).ConfigureAwait(false);
        if (applied.Outcome == ApplyGroupOutcome.Conflict)
            throw DataErrors.Bad("FEAT-040", $"Version {group.Version} of '{group.Id}' is registered with other content (by {applied.Group.AppliedBy}). Raise the version in the group's file: values of two meanings must not share one.");
        FeatureTableRow row = await groups.RecordAsync(new FeatureTableDraft(group.Id, group.Version, inputs.Features, context.Attempt,
            facts.Through is { } through ? DateTimeOffset.UnixEpoch.AddMicroseconds(through) : null, JsonSerializer.Serialize(facts.Profile, ActivityJson.Options)), cancel).ConfigureAwait(false);
        DateTimeOffset? asOf = inputs.AsOf ?? row.Through;
        if (!inputs.Online || asOf is null)
            return Done(new Outputs(group.Id, group.Version, row.Number, null, 0, false, 0));
        // 2. Give it to serving, off the engine's thread.
        return Done(await Task.Run(() => PublishAsync(inputs, context, facts, json, row, asOf.Value, cancel), cancel).ConfigureAwait(false));
    }

    private async Task<Outputs> PublishAsync(
        Inputs inputs, ActivityContext context, FeatureTableFacts facts, string json, FeatureTableRow row, DateTimeOffset asOf, CancellationToken cancel)
    {
        string folder = Directory.CreateTempSubdirectory("mlp-features-").FullName;
        try
        {
            using LatestValues latest = await LatestValues.OpenAsync(context.Artifacts, inputs.Features, facts, asOf, folder, cancel).ConfigureAwait(false);
            long entities = latest.Count();
            OnlinePublication publication = new(row.Group, row.Version, inputs.Features.Hash, asOf, json, entities, context.Time.GetUtcNow());
            SwapResult result = await online.PublishAsync(publication, latest.RowsAsync(cancel), cancel).ConfigureAwait(false);
            if (result == SwapResult.Older && !inputs.OnlyNewer)
                throw DataErrors.Bad("FEAT-041", $"Serving knows '{row.Group}' version {row.Version} as of a later instant than {asOf:u}. Publish what is newer, raise the group's version, or say \"onlyNewer\": true where it may stay so.");
            if (result == SwapResult.Older)
            {
                context.Log($"{row.Group} version {row.Version}: serving knows a later instant than {asOf:u} and stays as it is");
                return new Outputs(row.Group, row.Version, row.Number, asOf, 0, false, 0);
            }
            context.Log($"{row.Group} version {row.Version} as of {asOf:u}: {entities} entities {(result == SwapResult.Published ? "are served" : "were served already")}");
            long verified = 0;
            if (inputs.Verify)
            {
                ParityReport parity = await new FeatureParity(online).CompareAsync(latest.Session, facts, publication, cancel).ConfigureAwait(false);
                if (parity.Different > 0)
                    throw DataErrors.Bad("FEAT-042", $"{parity.Different} of {parity.Values} values that serving reads are not those of the offline join. {string.Join("; ", parity.Examples)}");
                verified = parity.Values;
            }
            return new Outputs(row.Group, row.Version, row.Number, asOf, entities, result == SwapResult.Published, verified);
        }
        catch (Exception problem) when (DataErrors.Describe(problem) is { } described)
        {
            throw described;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static InlineResult.Completed Done(Outputs outputs) => new(JsonSerializer.SerializeToElement(outputs, ActivityJson.Options));
}
