using CsCheck;
using MLPlatform.Activities.Datasets;
using MLPlatform.Core.Artifacts;
using Xunit;

namespace MLPlatform.Tests.Datasets;

public sealed class DayPartitionsTests
{
    private static readonly Gen<List<ArtifactFile>> Tables = Gen.Select(Gen.Int[1, 3], Gen.Int[0, 5]).List[0, 8].Select(parts =>
        parts.Select((p, i) => new ArtifactFile($"day=2026-03-0{p.Item1}/part-{i:D5}.parquet", $"sha256:{p.Item2:D64}", p.Item2)).ToList());

    [Fact]
    public void Merging_keeps_every_file_and_adds_each_new_one_once_under_a_name_of_its_own() =>
        Gen.Select(Tables, Tables, Tables).Sample((first, second, third) =>
        {
            List<ArtifactFile> two = DayPartitions.Merged(first, second), three = DayPartitions.Merged(two, third);
            Assert.Equal(first, two.Take(first.Count));
            Assert.Equal(two, three.Take(two.Count));
            Assert.Equal(three.Count, three.DistinctBy(f => f.Path).Count());
            foreach (List<ArtifactFile> again in (List<ArtifactFile>[])[first, second, third])
                Assert.Equal(three, DayPartitions.Merged(three, again));
            foreach (var content in first.Concat(second).Concat(third).Select(Content).Distinct())
                Assert.Equal(new[] { first, second, third }.Max(t => t.Count(f => Content(f) == content)), three.Count(f => Content(f) == content));
        }, iter: 2000);

    private static (string, string) Content(ArtifactFile file) => (TableFooters.DayOf(file.Path)!, file.Hash);
}
