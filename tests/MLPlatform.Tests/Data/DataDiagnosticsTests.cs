using System.Text.RegularExpressions;
using Xunit;

namespace MLPlatform.Tests.Data;

public sealed partial class DataDiagnosticsTests
{
    private static readonly string[] Folders = ["Bees", "Data", "Labels", "Tables"];

    [Fact]
    public void Every_code_of_the_data_activities_is_explained_and_nothing_else_is()
    {
        string activities = Path.Combine(RepositoryFiles.Root, "activities", "MLPlatform.Activities");
        IEnumerable<string> used = Folders
            .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(activities, folder), "*.cs", SearchOption.AllDirectories))
            .SelectMany(file => Code().Matches(File.ReadAllText(file)).Select(m => m.Groups[1].Value))
            .Distinct().Order(StringComparer.Ordinal);
        string page = File.ReadAllText(Path.Combine(RepositoryFiles.Root, "docs", "diagnostics", "data.md"));

        Assert.Equal(used, Row().Matches(page).Select(m => m.Groups[1].Value));
    }

    [GeneratedRegex("\"(DATA-[0-9]{3})\"")]
    private static partial Regex Code();

    [GeneratedRegex(@"^\| (DATA-[0-9]{3}) \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
