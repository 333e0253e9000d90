using System.Xml.Linq;
using Xunit;

namespace MLPlatform.Tests.Architecture;

/// <summary>Which project may refer to which. Nothing else may.</summary>
public class DirectionTests
{
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["MLPlatform.Core"] = [],
        ["MLPlatform.Vlps"] = [],
        // It runs on hosts of others: small, and without a server or a database to know.
        ["MLPlatform.Bees"] = ["MLPlatform.Core"],
        ["MLPlatform.Engine"] = ["MLPlatform.Core"],
        ["MLPlatform.Storage"] = ["MLPlatform.Core"],
        ["MLPlatform.Executors"] = ["MLPlatform.Core"],
        ["MLPlatform.Activities"] = ["MLPlatform.Core", "MLPlatform.Vlps"],
        ["MLPlatform.Server"] =
            ["MLPlatform.Core", "MLPlatform.Engine", "MLPlatform.Storage", "MLPlatform.Executors", "MLPlatform.Activities", "MLPlatform.Vlps"],
        ["MLPlatform.Worker"] = ["MLPlatform.Core", "MLPlatform.Storage", "MLPlatform.Activities"],
        ["MLPlatform.Cli"] = ["MLPlatform.Core", "MLPlatform.Bees", "MLPlatform.Server"],
    };

    /// <summary>Where the compiled code reaches further than the project file, with the reason.</summary>
    private static readonly Dictionary<string, string[]> Tolerated = new()
    {
        // mlp bench measures the engine on its stores without a host between them; and the home's lock is Storage's.
        // mlp vlps reckons with the training library itself.
        ["MLPlatform.Cli"] = ["MLPlatform.Engine", "MLPlatform.Storage", "MLPlatform.Executors", "MLPlatform.Activities", "MLPlatform.Vlps"],
    };

    public static TheoryData<string> Names => [.. Allowed.Keys];

    [Fact]
    public void There_are_ten_production_projects() =>
        Assert.Equal(Allowed.Keys.Order(), SourceTree.Projects.Keys.Where(n => !n.Contains("Tests") && !n.Contains("Benchmarks")).Order());

    [Theory, MemberData(nameof(Names))]
    public void A_project_file_refers_only_to_what_it_may(string project)
    {
        IEnumerable<string> referred = XDocument.Load(SourceTree.Projects[project]).Descendants("ProjectReference")
            .Select(r => Path.GetFileNameWithoutExtension(r.Attribute("Include")!.Value.Replace('\\', '/')));
        Assert.Equal([], referred.Except(Allowed[project]));
    }

    [Theory, MemberData(nameof(Names))]
    public void Compiled_code_refers_only_to_what_it_may(string project)
    {
        using CompiledAssembly assembly = CompiledAssembly.Open(project == "MLPlatform.Cli" ? "mlp" : project);
        Assert.Equal([], assembly.Assemblies.Where(a => a.StartsWith("MLPlatform.", StringComparison.Ordinal))
            .Except(Allowed[project]).Except(Tolerated.GetValueOrDefault(project) ?? []));
    }

    [Fact]
    public void Outside_its_benchmarks_the_command_line_knows_nothing_of_engine_or_activities() =>
        Assert.Equal([], SourceTree.Production
            .Where(f => f.StartsWith("src/MLPlatform.Cli/", StringComparison.Ordinal) && !f.StartsWith("src/MLPlatform.Cli/Bench/", StringComparison.Ordinal))
            .Where(f => SourceTree.Code(f).Any(l => l.StartsWith("using MLPlatform.Engine", StringComparison.Ordinal) || l.StartsWith("using MLPlatform.Activities", StringComparison.Ordinal))));
}
