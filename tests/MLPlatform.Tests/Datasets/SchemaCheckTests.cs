using MLPlatform.Core.Datasets;
using Xunit;

namespace MLPlatform.Tests.Datasets;

public sealed class SchemaCheckTests
{
    private static readonly DatasetColumn[] Before = [new("id", "int64"), new("text", "string")];

    public static TheoryData<string, Compatibility?, string, string[]> Changes => new()
    {
        { "nothing changed", null, "id:int64 text:string", [] },
        { "the order changed", Compatibility.Exact, "text:string id:int64", [] },
        { "a column came", null, "id:int64 text:string more:double", [] },
        { "a column came under exact", Compatibility.Exact, "id:int64 text:string more:double", ["'more' was added"] },
        { "a column went", null, "id:int64", ["'text' was removed"] },
        { "a type changed", Compatibility.Additive, "id:double text:string", ["'id' was int64 and is double"] },
        { "anything goes", Compatibility.Any, "other:bool", [] },
    };

    [Theory, MemberData(nameof(Changes))]
    public void A_version_may_change_what_the_rule_allows(string what, Compatibility? rule, string now, string[] problems)
    {
        Assert.NotEmpty(what);
        TableFacts facts = new(Parse(now), 1, [], []);
        Assert.Equal(problems, SchemaCheck.Problems(new DatasetSettings(rule), facts, Before, allowBreaking: false));
        Assert.Empty(SchemaCheck.Problems(new DatasetSettings(rule), facts, Before, allowBreaking: true));
    }

    [Fact]
    public void Declared_columns_must_be_there_with_their_type_and_required_ones_without_gaps()
    {
        DatasetSettings declared = new(Columns: [new("id", "int64", Required: true), new("price", "double"), new("text", "int64")], Keys: ["sku"]);
        TableFacts facts = new(Before, 1, [], ["id"]);
        Assert.Equal(
            [
                "'id' is declared as required and has missing values", "the declared column 'price' (double) is not there",
                "'text' is string, declared as int64", "the key column 'sku' is not there",
            ],
            SchemaCheck.Problems(declared, facts, null, allowBreaking: true));
    }

    [Fact]
    public void A_required_column_cannot_be_added_under_additive()
    {
        DatasetSettings declared = new(Columns: [new("more", "double", Required: true)]);
        Assert.Equal(["'more' was added as a required column, which earlier versions lack"],
            SchemaCheck.Problems(declared, new TableFacts(Parse("id:int64 text:string more:double"), 1, [], []), Before, allowBreaking: false));
    }

    [Fact]
    public void A_diff_tells_what_went_came_and_changed() => Assert.Equal(
        [new ColumnChange("text", "string", null), new ColumnChange("more", null, "bool"), new ColumnChange("id", "int64", "double")],
        SchemaCheck.Diff(Before, Parse("id:double more:bool")));

    private static DatasetColumn[] Parse(string columns) => [.. columns.Split(' ').Select(c => new DatasetColumn(c.Split(':')[0], c.Split(':')[1]))];
}
