using System.Globalization;

namespace MLPlatform.Server.Elsa.Definitions;

/// <summary>Which versions are asked for, in Elsa's words.</summary>
internal static class VersionOptions
{
    /// <summary>The versions, newest first, that the words pick of one definition's.</summary>
    public static IEnumerable<DefinitionVersion> Pick(IReadOnlyList<DefinitionVersion> all, string? options)
    {
        IEnumerable<DefinitionVersion> newestFirst = all.OrderByDescending(v => v.Head.Version);
        return (options ?? "") switch
        {
            "" or "Latest" => newestFirst.Where(v => v.IsLatest),
            "Published" => newestFirst.Where(v => v.Head.IsPublished),
            "LatestOrPublished" => newestFirst.OrderByDescending(v => v.Head.IsPublished).Take(1),
            "LatestAndPublished" => newestFirst.Where(v => v.IsLatest || v.Head.IsPublished),
            "Draft" => newestFirst.Where(v => !v.Head.IsPublished),
            "AllVersions" => newestFirst,
            string number when int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int version) => newestFirst.Where(v => v.Head.Version == version),
            _ => [],
        };
    }
}
