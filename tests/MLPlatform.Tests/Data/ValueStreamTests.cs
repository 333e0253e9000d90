using System.Text;
using MLPlatform.Activities.Data.Checks;
using MLPlatform.Activities.Tables;
using MLPlatform.Tests.Tables;
using Xunit;

namespace MLPlatform.Tests.Data;

public sealed class ValueStreamTests : IDisposable
{
    private readonly TestActivityContext _context = new();

    public void Dispose() => _context.Dispose();

    [Theory]
    [InlineData(1_000_000, null)]
    [InlineData(1, null)]
    [InlineData(1, 8_000L)]
    [InlineData(1, 500_000L)]
    public void Few_values_and_many_are_counted_alike(long mostGroups, long? memory)
    {
        using DuckSession session = DuckSession.Open(_context);
        session.Execute("CREATE TABLE a AS SELECT i * 7 % 1009 AS n, 'v' || (i * 7 % 1009) AS t FROM range(5000) r(i); CREATE TABLE b AS SELECT i % 300 AS n, 'v' || (i % 300) AS t FROM range(700) r(i)");
        Dictionary<long, (long Own, long Other)> expected = [];
        for (long i = 0; i < 5000; i++)
            expected[i * 7 % 1009] = (expected.GetValueOrDefault(i * 7 % 1009).Own + 1, 0);
        for (long i = 0; i < 700; i++)
            expected[i % 300] = (expected.GetValueOrDefault(i % 300).Own, expected.GetValueOrDefault(i % 300).Other + 1);
        ValueStream values = new(session, TestContext.Current.CancellationToken) { MostGroups = mostGroups, Memory = memory };

        List<(long Value, long Own, long Other)> numbers = [];
        values.Ordered(["SELECT n AS v, 1 AS own, 0 AS other FROM a", "SELECT n AS v, 0 AS own, 1 AS other FROM b"],
            ColumnType.Int64, (value, own, other) => numbers.Add((value.Whole, own, other)));
        List<(string Value, long Own, long Other)> texts = [];
        values.Unordered(["SELECT t AS v, 1 AS own, 0 AS other FROM a", "SELECT t AS v, 0 AS own, 1 AS other FROM b"],
            (text, own, other) => texts.Add((Encoding.UTF8.GetString(text), own, other)));

        Assert.Empty(Directory.EnumerateFileSystemEntries(session.Folder, "values-*"));
        Assert.Equal(expected.OrderBy(e => e.Key).Select(e => (e.Key, e.Value.Own, e.Value.Other)), numbers);
        Assert.Equal(expected.OrderBy(e => e.Key).Select(e => ($"v{e.Key}", e.Value.Own, e.Value.Other)), texts.OrderBy(t => long.Parse(t.Value[1..], System.Globalization.CultureInfo.InvariantCulture)));
    }
}
