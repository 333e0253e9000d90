using CsCheck;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Datasets;
using MLPlatform.Core.Runs;
using Xunit;

namespace MLPlatform.Tests.Datasets;

public sealed class RetentionTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(null, null, "")]
    [InlineData(2, null, "3 2 1")]
    [InlineData(null, 15, "3 2 1")]
    [InlineData(null, 25, "2 1")]
    [InlineData(1, 25, "2 1")]
    [InlineData(4, 5, "1")]
    [InlineData(9, 5, "")]
    public void A_version_is_kept_by_number_or_by_age_and_the_latest_always(int? versions, int? days, string expired)
    {
        DatasetVersion[] all = [.. Enumerable.Range(1, 5).Reverse().Select(n => Version(n, Now.AddDays(-10 * (5 - n))))];
        Assert.Equal(expired, string.Join(' ', Retention.Expired(new DatasetSettings(KeepVersions: versions, KeepDays: days), all, Now).Select(v => v.Version)));
    }

    [Fact]
    public void What_a_model_was_made_of_is_needed_to_the_beginning_and_nothing_beside_it() =>
        Gen.Select(Gen.Int[0, 14].Array[0, 3], Gen.Int[0, 4]).Array[1, 15].Sample(steps =>
        {
            // Attempt i reads what earlier ones made and makes artifact i; a registered model is drawn, and so are versions.
            AttemptId Attempt(int i) => new(new RunId(Guid.Empty), i, 1);
            List<(AttemptId, string)> made = [], used = [];
            List<int> models = [], versions = [];
            foreach ((int i, (int[] reads, int kind)) in steps.Index())
            {
                made.Add((Attempt(i), $"{i}"));
                used.AddRange(reads.Where(r => r < i).Select(r => (Attempt(i), $"{r}")));
                if (kind == 0)
                    models.Add(i);
                if (kind == 1)
                    versions.Add(i);
            }
            DatasetVersion[] all = [.. versions.AsEnumerable().Reverse().Select((artifact, n) => Version(versions.Count - n, Now.AddDays(-n)) with { Artifact = new ArtifactRef($"{artifact}", "table", 1) })];
            RetentionFacts facts = new(new HashSet<string> { "mentioned" }, models.Select(m => $"{m}").ToHashSet(),
                [(new Dataset("d", all.Length, new DatasetSettings(KeepVersions: 1), Now), all)], new ArtifactEdges(made, used, []), null);
            GcPlan plan = GcPlan.Of(facts, Now);

            HashSet<string> ofModels = [.. models.SelectMany(m => Origins(m, steps.Select(s => s.Item1).ToArray())).Select(i => $"{i}")];
            HashSet<string> expected = [.. ofModels, "mentioned", .. all.Take(1).Select(v => v.Artifact.Hash)];
            Assert.Equal(expected.Order(), plan.Needed.Order());
            Assert.Equal(all.Skip(1).Where(v => !ofModels.Contains(v.Artifact.Hash)).Select(v => v.Version), plan.GiveUp.Select(v => v.Version));
        });

    private static HashSet<int> Origins(int of, int[][] reads)
    {
        HashSet<int> all = [of];
        foreach (int read in reads[of].Where(r => r < of))
            all.UnionWith(Origins(read, reads));
        return all;
    }

    private static DatasetVersion Version(int number, DateTimeOffset at) =>
        new("d", number, new ArtifactRef($"v{number}", "table", 1), [], 1, [], null, new AttemptId(new RunId(Guid.Empty), 0, number), "p", at, null);
}
