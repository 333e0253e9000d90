using MLPlatform.Core.Sweeps;
using Xunit;

namespace MLPlatform.Tests.Sweeps;

public sealed class SweepFileTests
{
    private static readonly string Folder = Path.Combine(RepositoryFiles.Root, "workflows", "sweeps");

    public static TheoryData<string> Files => [.. Directory.GetFiles(Folder, "*.json").Select(f => Path.GetFileName(f)).Where(f => !f.EndsWith(".schema.json", StringComparison.Ordinal))];

    [Fact]
    public void The_committed_schema_is_what_the_types_say()
    {
        string file = Path.Combine(Folder, "sweep.schema.json"), generated = SweepSchema.Generate();
        if (RepositoryFiles.Update)
            File.WriteAllText(file, generated);
        Assert.True(File.ReadAllText(file) == generated, "workflows/sweeps/sweep.schema.json is out of date: run the fast tests once with MLP_UPDATE=1");
    }

    [Theory, MemberData(nameof(Files))]
    public void Every_shipped_sweep_can_be_read(string file) =>
        Assert.Equal([], SweepRules.Read(File.ReadAllBytes(Path.Combine(Folder, file)), file).Problems.Select(p => p.ToString()));
}
