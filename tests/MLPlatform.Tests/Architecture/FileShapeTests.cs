using Xunit;

namespace MLPlatform.Tests.Architecture;

/// <summary>Sizes of files and names of folders.</summary>
public class FileShapeTests
{
    private static readonly string[] KindsOfTypes =
    [
        "Common", "Constants", "Contracts", "Dto", "Dtos", "Entities", "Enums", "Exceptions", "Extensions", "Helpers", "Impl", "Interfaces",
        "Managers", "Misc", "Models", "Records", "Services", "Types", "Utilities", "Utils",
    ];

    // There, a model is what training makes.
    private static readonly string[] MachineLearning =
    [
        "activities/MLPlatform.Activities/Models", "src/MLPlatform.Vlps/Models", "tests/MLPlatform.Tests/Models", "tests/MLPlatform.IntegrationTests/Models",
    ];

    [Fact]
    public void No_folder_is_named_after_a_kind_of_type() =>
        Assert.Equal([], SourceTree.Files.Select(f => Path.GetDirectoryName(f)!).Distinct()
            .Where(folder => folder.Split('/').Intersect(KindsOfTypes).Any() && !MachineLearning.Contains(folder)));

    [Fact]
    public void Half_of_all_files_are_under_80_lines_and_nine_in_ten_under_250()
    {
        int[] sizes = [.. SourceTree.Files.Select(Lines).Order()];
        Assert.InRange(sizes[sizes.Length / 2], 1, 79);
        Assert.InRange(sizes[sizes.Length * 9 / 10], 1, 249);
    }

    [Fact]
    public void A_file_of_more_than_500_lines_opens_with_the_reason() =>
        Assert.Equal([], SourceTree.Files.Where(f => Lines(f) > 500 && !SourceTree.Read(f).StartsWith("//", StringComparison.Ordinal)));

    private static int Lines(string file) => SourceTree.Read(file).AsSpan().Count('\n');
}
