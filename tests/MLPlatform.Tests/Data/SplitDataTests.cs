using System.Globalization;
using System.Text;
using MLPlatform.Activities.Bees;
using MLPlatform.Activities.Data;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Tests.Tables;
using Xunit;

namespace MLPlatform.Tests.Data;

public sealed class SplitDataTests : IDisposable
{
    private readonly TestActivityContext _context = new();

    public void Dispose() => _context.Dispose();

    [Fact]
    public async Task Every_nth_row_is_test_and_rows_keep_their_order_over_row_groups()
    {
        const int rows = 200_003;
        ArtifactRef table = await Numbers(rows);

        SplitData.Outputs split = await Split(new() { Table = table, ByIndex = new() { Every = 5 } });

        Assert.Equal((160_002, 40_001), (split.TrainRows, split.TestRows));
        Assert.Equal(Enumerable.Range(0, rows).Where(n => n % 5 == 0).Select(Text), (await _context.ReadAsync(split.Test, "n")).Select(r => r[0]));
        Assert.Equal(Enumerable.Range(0, rows).Where(n => n % 5 != 0).Select(Text), (await _context.ReadAsync(split.Train, "n")).Select(r => r[0]));
    }

    [Fact]
    public async Task A_hash_keeps_equal_keys_together_and_depends_on_the_seed_alone()
    {
        ArtifactRef table = await Numbers(5_000);
        SplitData.Inputs inputs = new() { Table = table, ByHash = new() { Columns = ["key"], TestFraction = 0.3, Seed = 7 } };

        SplitData.Outputs one = await Split(inputs), again = await Split(inputs);
        SplitData.Outputs other = await Split(inputs with { ByHash = inputs.ByHash! with { Seed = 8 } });

        Assert.Equal((one.Train, one.Test), (again.Train, again.Test));
        Assert.NotEqual(one.Test, other.Test);
        Assert.Equal(5_000, one.TrainRows + one.TestRows);
        Assert.InRange(one.TestRows, 1_000, 2_000);
        IEnumerable<string?> trainKeys = (await _context.ReadAsync(one.Train, "DISTINCT key")).Select(r => r[0]);
        Assert.Empty(trainKeys.Intersect((await _context.ReadAsync(one.Test, "DISTINCT key")).Select(r => r[0])));
    }

    [Fact]
    public async Task Time_splits_at_a_boundary_or_at_a_fraction()
    {
        ArtifactRef table = await Numbers(1_000);

        SplitData.Outputs at = await Split(new() { Table = table, ByTime = new() { Column = "at", Boundary = "2020-01-01T00:10:00Z" } });
        SplitData.Outputs part = await Split(new() { Table = table, ByTime = new() { Column = "at", TestFraction = 0.25 } });

        Assert.Equal((600, 400), (at.TrainRows, at.TestRows));
        Assert.Equal(0, await _context.CountAsync(at.Test, "n < 600"));
        Assert.InRange(part.TestRows, 250, 251);
    }

    [Fact]
    public async Task Given_tables_pass_through_when_their_columns_agree()
    {
        ArtifactRef one = await Numbers(10), two = await Numbers(20);

        Assert.Equal(new SplitData.Outputs(one, two, 10, 20), await Split(new() { Train = one, Test = two }));
    }

    [Fact]
    public async Task Given_tables_with_other_columns_are_refused_by_name()
    {
        ArtifactRef one = await Numbers(10), two = await Collect("n,when,key\n1,x,y\n");

        ActivityException problem = await Assert.ThrowsAsync<ActivityException>(() => Split(new() { Train = one, Test = two }));

        Assert.Equal("DATA-051", problem.Code);
        Assert.Contains("test lacks 'at'", problem.Message, StringComparison.Ordinal);
        Assert.Contains("train lacks 'when'", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_column_is_answered_with_the_nearest_name()
    {
        ArtifactRef table = await Numbers(10);

        ActivityException problem = await Assert.ThrowsAsync<ActivityException>(() => Split(new() { Table = table, ByHash = new() { Columns = ["kee"] } }));

        Assert.Equal("DATA-031", problem.Code);
        Assert.Contains("Did you mean 'key'?", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_ways_to_split_are_one_too_many()
    {
        ArtifactRef table = await Numbers(10);

        ActivityException problem = await Assert.ThrowsAsync<ActivityException>(() =>
            Split(new() { Table = table, ByIndex = new() { Every = 2 }, ByHash = new() { Columns = ["key"] } }));

        Assert.Equal("DATA-050", problem.Code);
    }

    private Task<SplitData.Outputs> Split(SplitData.Inputs inputs) => _context.RunAsync(new SplitData(), inputs);

    private async Task<ArtifactRef> Numbers(int rows)
    {
        StringBuilder text = new("n,key,at\n");
        DateTime start = new(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        for (int i = 0; i < rows; i++)
            text.Append(CultureInfo.InvariantCulture, $"{i},k{i % 97},{start.AddSeconds(i):yyyy-MM-ddTHH:mm:ssZ}\n");
        return await Collect(text.ToString());
    }

    private async Task<ArtifactRef> Collect(string text) =>
        (await _context.RunAsync(new CollectBees(), new() { Source = _context.Write("a.csv", text) })).Table;

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
