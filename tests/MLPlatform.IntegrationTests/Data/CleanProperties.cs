using System.Text.Json;
using CsCheck;
using MLPlatform.Activities.Bees;
using MLPlatform.Activities.Data;
using MLPlatform.Core.Artifacts;
using MLPlatform.Tests.Tables;
using Xunit;

namespace MLPlatform.IntegrationTests.Data;

/// <summary>Whatever the rules, no row is lost, and a plain reading of the rules in C# finds the same verdicts.</summary>
public sealed class CleanProperties
{
    private sealed record Row(long N, string? Text, long? Value);

    private static readonly Gen<(string? Text, long? Value)> Body = Gen.Select(
        Pick<string?>("a", "b", "cc", "", null), Gen.OneOf(Gen.Int[-3, 3].Select(v => (long?)v), Gen.Const((long?)null)));

    private static readonly Gen<CleanRule> Rule = Gen.OneOf(
        Pick<string[]>(["text"], ["value"], ["text", "value"]).Select(c => new CleanRule { DropDuplicatesBy = c }),
        Pick<string[]>(["text"], ["value"], ["text", "value"]).Select(c => new CleanRule { Required = c }),
        Gen.Int[-3, 3].Select(v => new CleanRule { Name = $"above{v}", Where = $"value > {v}" }),
        Gen.Int[-3, 3].Select(v => new CleanRule { Name = $"is{v}", Reject = $"value = {v}" }),
        Gen.Int[-3, 3].Select(v => new CleanRule { Name = "low", Range = new() { Column = "value", Min = JsonSerializer.SerializeToElement(v) } }));

    [Fact]
    public void Kept_and_rejected_are_what_was_read_and_every_verdict_is_right() =>
        Gen.Select(Body.Array[0, 30], Rule.Array[0, 4]).Sample((bodies, rules) =>
        {
            using TestActivityContext context = new();
            List<Row> rows = [.. bodies.Select((b, i) => new Row(i, b.Text, b.Value))];
            ArtifactRef table = Collect(context, rows);

            CleanData.Outputs outputs = context.RunAsync(new CleanData(), new() { Table = table, Rules = rules }).GetAwaiter().GetResult();

            Dictionary<long, HashSet<string>> verdicts = Judge(rows, rules);
            Assert.Equal(rows.Count, outputs.Report.Kept + outputs.Report.Rejected);
            Assert.Equal(rows.Where(r => verdicts[r.N].Count == 0).Select(r => $"{r.N}"), Numbers(context, outputs.Table));
            Assert.Equal(rows.Where(r => verdicts[r.N].Count > 0).Select(r => $"{r.N}"), Numbers(context, outputs.Rejected));
            Assert.All(outputs.Report.Reasons, reason => Assert.Equal(verdicts.Values.Count(v => v.Contains(reason.Key)), reason.Value));
        }, iter: 60);

    private static Gen<T> Pick<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private static Dictionary<long, HashSet<string>> Judge(List<Row> rows, CleanRule[] rules)
    {
        Dictionary<long, HashSet<string>> verdicts = rows.ToDictionary(r => r.N, _ => new HashSet<string>());
        foreach (CleanRule rule in rules)
        {
            HashSet<string> seen = [];
            foreach (Row row in rows)
            {
                if (Rejects(rule, row, seen) is { } reason)
                    verdicts[row.N].Add(reason);
            }
        }
        return verdicts;
    }

    private static string? Rejects(CleanRule rule, Row row, HashSet<string> seen)
    {
        string Key(IReadOnlyList<string> columns) => string.Join("|", columns.Select(c => c == "text" ? row.Text is null ? "null" : $"'{row.Text}'" : $"{row.Value}"));
        bool Lacks(string column) => column == "text" ? string.IsNullOrWhiteSpace(row.Text) : row.Value is null;
        return rule switch
        {
            { DropDuplicatesBy: { } by } => seen.Add(Key(by)) ? null : "dropDuplicatesBy",
            { Required: { } required } => required.Any(Lacks) ? "required" : null,
            { Where: { } where } => row.Value > long.Parse(where["value > ".Length..], System.Globalization.CultureInfo.InvariantCulture) ? null : rule.Name,
            { Reject: { } reject } => row.Value == long.Parse(reject["value = ".Length..], System.Globalization.CultureInfo.InvariantCulture) ? rule.Name : null,
            { Range: { } range } => row.Value < range.Min!.Value.GetInt64() ? rule.Name : null,
            _ => throw new InvalidOperationException("a rule that the generator does not make"),
        };
    }

    private static ArtifactRef Collect(TestActivityContext context, List<Row> rows)
    {
        string csv = "n,text,value\n" + string.Concat(rows.Select(r => $"{r.N},{(r.Text is null ? "" : $"\"{r.Text}\"")},{r.Value}\n"));
        return context.RunAsync(new CollectBees(), new()
        {
            Source = context.Write("t.csv", csv),
            Columns =
            [
                new() { Name = "n", Type = MLPlatform.Activities.Tables.ColumnType.Int64 }, new() { Name = "text", Type = MLPlatform.Activities.Tables.ColumnType.String },
                new() { Name = "value", Type = MLPlatform.Activities.Tables.ColumnType.Int64 },
            ],
        }).GetAwaiter().GetResult().Table;
    }

    private static IEnumerable<string?> Numbers(TestActivityContext context, ArtifactRef table) =>
        context.ReadAsync(table, "n").GetAwaiter().GetResult().Select(r => r[0]);
}
