using System.Text.Json;
using MLPlatform.Core.Artifacts;
using MLPlatform.IntegrationTests.Server;
using ParquetSharp;
using Xunit;

namespace MLPlatform.IntegrationTests.Bees;

/// <summary>Reads the table that a collection made.</summary>
internal static class CollectedTable
{
    public static string Hash(JsonElement outputs) => outputs.GetProperty("table").GetProperty("$artifact").GetString()!;

    public static async Task<List<string>> ColumnAsync<T>(TestPlatform platform, JsonElement outputs, string column, Func<T, string> text)
    {
        IArtifactStore store = platform.Get<IArtifactStore>();
        List<string> values = [];
        foreach (ArtifactFile file in (await store.FindAsync(Hash(outputs), TestContext.Current.CancellationToken))!.Files.Where(f => f.Path.EndsWith(".parquet", StringComparison.Ordinal)))
        {
            using ParquetFileReader reader = new(await store.FetchAsync(file, TestContext.Current.CancellationToken));
            int index = Enumerable.Range(0, reader.FileMetaData.Schema.NumColumns).Single(i => reader.FileMetaData.Schema.Column(i).Name == column);
            for (int group = 0; group < reader.FileMetaData.NumRowGroups; group++)
            {
                using RowGroupReader rows = reader.RowGroup(group);
                values.AddRange(rows.Column(index).LogicalReader<T>().ReadAll((int)rows.MetaData.NumRows).Select(text));
            }
        }
        return values;
    }
}
