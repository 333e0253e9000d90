using System.Globalization;
using System.Text;
using System.Text.Json;
using CsCheck;
using MLPlatform.Activities.Bees;
using MLPlatform.Activities.Tables;
using MLPlatform.Tests.Tables;
using Xunit;

namespace MLPlatform.IntegrationTests.Bees;

/// <summary>Whatever table is written in whatever way, it is collected as it was.</summary>
public sealed class CollectProperties
{
    private static readonly Gen<string?> Cell = Gen.Frequency(
        (1, Gen.Const((string?)null)),
        (6, Gen.String[Pick('a', 'Ž', '7', ' ', ',', ';', '\t', '|', '"', '\'', '\n', '\r', '\\', '#', '{'), 0, 6].Select(t => (string?)t)),
        (2, Gen.Double[-1e9, 1e9].Select(n => (string?)n.ToString("R", CultureInfo.InvariantCulture))),
        (1, Gen.String[Gen.Const('x'), 200, 300].Select(t => (string?)t)));

    private static readonly Gen<string?[][]> Table = Gen.Int[1, 5].SelectMany(columns => Cell.Array[columns].Array[0, 40]);

    private static readonly Gen<(char Separator, string NewLine, bool QuoteAll, bool Mark, bool LastLine)> Style =
        Gen.Select(Pick(',', ';', '\t', '|'), Pick("\n", "\r\n"), Gen.Bool, Gen.Bool, Gen.Bool);

    [Fact]
    public void A_table_written_as_csv_in_any_style_is_collected_as_it_was() =>
        Gen.Select(Table, Style).Sample((table, style) =>
        {
            using TestActivityContext context = new();
            int columns = table.Length == 0 ? 2 : table[0].Length;
            // A line of one missing value would be a blank line, which holds no record.
            if (columns == 1)
                table = [.. table.Select(row => new[] { row[0] ?? "" })];
            CollectBees.Outputs outputs = context.RunAsync(new CollectBees(), new()
            {
                Source = context.Write("t.csv", Csv(table, columns, style)),
                Separator = style.Separator.ToString(),
                Columns = [.. Enumerable.Range(0, columns).Select(c => new ColumnSpec { Name = $"c{c}", Type = ColumnType.String })],
            }).GetAwaiter().GetResult();

            Assert.Equal((table.Length, 0), (outputs.Rows, outputs.Rejected));
            Assert.Equal(table, context.ReadAsync(outputs.Table).GetAwaiter().GetResult());
        }, iter: 60);

    [Fact]
    public void A_table_written_as_json_lines_is_collected_as_it_was() =>
        Gen.Select(Table, Gen.Bool).Sample((table, escape) =>
        {
            using TestActivityContext context = new();
            int columns = table.Length == 0 ? 2 : table[0].Length;
            JsonSerializerOptions json = new() { Encoder = escape ? null : System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
            string text = string.Concat(table.Select(row => JsonSerializer.Serialize(
                Enumerable.Range(0, columns).Where(c => escape || row[c] is not null).ToDictionary(c => $"c{c}", c => row[c]), json) + "\n"));
            CollectBees.Outputs outputs = context.RunAsync(new CollectBees(), new()
            {
                Source = context.Write("t.jsonl", text),
                Columns = [.. Enumerable.Range(0, columns).Select(c => new ColumnSpec { Name = $"c{c}", Type = ColumnType.String })],
            }).GetAwaiter().GetResult();

            Assert.Equal((table.Length, 0), (outputs.Rows, outputs.Rejected));
            Assert.Equal(table, context.ReadAsync(outputs.Table).GetAwaiter().GetResult());
        }, iter: 40);

    [Fact]
    public void Any_bytes_at_all_are_read_or_refused_and_no_line_is_lost() =>
        Pick((byte)'a', (byte)'1', (byte)',', (byte)'"', (byte)'\n', (byte)'\r', (byte)0xC3, (byte)' ').Array[0, 60].Sample(bytes =>
        {
            using TestActivityContext context = new();
            CollectBees.Outputs outputs = context.RunAsync(new CollectBees(), new()
            {
                Source = context.Write("t.csv", [.. "x,y\n"u8, .. bytes]),
                MaxRejectedFraction = 1,
                Lineage = true,
            }).GetAwaiter().GetResult();

            // Rows and bad records together begin on different lines, each inside the file.
            List<string?> lines = [.. context.ReadAsync(outputs.Table, "_line").GetAwaiter().GetResult().Select(r => r[0]),
                .. context.ReadAsync(outputs.Quarantine, "line").GetAwaiter().GetResult().Select(r => r[0])];
            Assert.Equal(outputs.Rows + outputs.Rejected, lines.Count);
            Assert.Equal(lines.Count, lines.Distinct().Count());
        }, iter: 150);

    private static Gen<T> Pick<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private static string Csv(string?[][] table, int columns, (char Separator, string NewLine, bool QuoteAll, bool Mark, bool LastLine) style)
    {
        StringBuilder text = new(style.Mark ? "\uFEFF" : "");
        text.AppendJoin(style.Separator, Enumerable.Range(0, columns).Select(c => $"c{c}")).Append(style.NewLine);
        for (int i = 0; i < table.Length; i++)
        {
            text.AppendJoin(style.Separator, table[i].Select(cell => Field(cell, style.Separator, style.QuoteAll)));
            if (i < table.Length - 1 || style.LastLine)
                text.Append(style.NewLine);
        }
        return text.ToString();
    }

    private static string Field(string? cell, char separator, bool quoteAll)
    {
        if (cell is null)
            return "";
        bool quote = quoteAll || cell.Length == 0 || cell.AsSpan().IndexOfAny("\"\n\r") >= 0 || cell.Contains(separator, StringComparison.Ordinal);
        return quote ? $"\"{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : cell;
    }
}
