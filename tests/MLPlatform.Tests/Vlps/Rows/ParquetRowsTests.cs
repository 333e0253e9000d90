using MLPlatform.Vlps.Rows;
using ParquetSharp;
using Xunit;

namespace MLPlatform.Tests.Vlps.Rows;

public sealed class ParquetRowsTests : IDisposable
{
    private const int Rows = 1000, Group = 170;

    private static readonly string[] Names = ["long", "int", "real", "float", "truth", "text", "maybe", "maybeReal", "maybeText"];

    private readonly string _folder = Directory.CreateTempSubdirectory("mlp-rows-").FullName;
    private readonly string _file;

    public ParquetRowsTests() => Write(_file = Path.Combine(_folder, "table"));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory, InlineData(8192), InlineData(64), InlineData(1)]
    public void Every_kind_of_column_is_read_in_batches_of_any_length(int batchRows)
    {
        int at = 0;
        foreach (ColumnBatch batch in new ParquetRows([_file, _file], Names, batchRows).Read())
        {
            Assert.InRange(batch.Rows, 1, Math.Min(batchRows, Group));
            for (int row = 0; row < batch.Rows; row++, at++)
                Assert.Equal(Expected(at % Rows), Cells(batch, row));
        }
        Assert.Equal(2 * Rows, at);
    }

    [Theory, InlineData(0, 5), InlineData(169, 2), InlineData(400, 700), InlineData(1100, 900), InlineData(1999, 50)]
    public void A_part_begins_and_ends_anywhere(int first, int count)
    {
        int at = first;
        foreach (ColumnBatch batch in new ParquetRows([_file, _file], Names, 64).Read(first, count))
        {
            for (int row = 0; row < batch.Rows; row++, at++)
                Assert.Equal(Expected(at % Rows), Cells(batch, row));
        }
        Assert.Equal(Math.Min(2 * Rows, first + count), at);
    }

    [Fact]
    public void Columns_that_are_not_asked_for_in_one_batch_go_on_with_the_next()
    {
        int at = 0, batches = 0;
        foreach (ColumnBatch batch in new ParquetRows([_file], Names, 64).ReadUnloaded(30, long.MaxValue))
        {
            for (int column = 0; column < Names.Length; column++)
            {
                if ((batches + column) % 3 != 0)
                    continue;
                batch.Load(column);
                for (int row = 0; row < batch.Rows; row++)
                    Assert.Equal(Expected(30 + at + row)[column], Cells(batch, row)[column]);
            }
            (at, batches) = (at + batch.Rows, batches + 1);
        }
        Assert.Equal(Rows - 30, at);
    }

    private static string[] Cells(ColumnBatch batch, int row) => [.. batch.Columns.Select(c => row < c.Count ? c.Describe(row) : "")];

    private static string[] Expected(int row) =>
    [
        Long(row).ToString(System.Globalization.CultureInfo.InvariantCulture), $"{row - 500}", FormattableString.Invariant($"{row / 4.0}"), FormattableString.Invariant($"{row / 8f}"),
        row % 3 == 0 ? "true" : "false", $"text {row % 50}", row % 4 == 0 ? "(missing)" : $"{row}", row % 5 == 0 || row % 7 == 0 ? "(missing)" : FormattableString.Invariant($"{row + 0.5}"),
        row % 6 < 3 ? "(missing)" : $"t{row}",
    ];

    private static long Long(int row) => (row * 7_919L * 7_919 * 7_919) - 5;

    private static void Write(string path)
    {
        ParquetSharp.Column[] columns =
        [
            new Column<long>("long"), new Column<int>("int"), new Column<double>("real"), new Column<float>("float"), new Column<bool>("truth"), new Column<string>("text"),
            new Column<long?>("maybe"), new Column<double?>("maybeReal"), new Column<string?>("maybeText"),
        ];
        using var file = new ParquetFileWriter(path, columns);
        for (int first = 0; first < Rows; first += Group)
        {
            int[] rows = [.. Enumerable.Range(first, Math.Min(Group, Rows - first))];
            using RowGroupWriter group = file.AppendRowGroup();
            Add(group, rows, Long);
            Add(group, rows, r => r - 500);
            Add(group, rows, r => r / 4.0);
            Add(group, rows, r => r / 8f);
            Add(group, rows, r => r % 3 == 0);
            Add(group, rows, r => $"text {r % 50}");
            Add(group, rows, r => r % 4 == 0 ? null : (long?)r);
            Add(group, rows, r => r % 5 == 0 ? null : r % 7 == 0 ? double.NaN : (double?)r + 0.5);
            Add(group, rows, r => r % 6 < 3 ? null : $"t{r}");
        }
        file.Close();
    }

    private static void Add<T>(RowGroupWriter group, int[] rows, Func<int, T> value)
    {
        using LogicalColumnWriter<T> writer = group.NextColumn().LogicalWriter<T>();
        writer.WriteBatch([.. rows.Select(value)]);
    }
}
