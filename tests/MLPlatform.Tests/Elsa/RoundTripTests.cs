using System.Text;
using MLPlatform.Core.Elsa;
using MLPlatform.Core.Pipelines;
using MLPlatform.Server.Activities;
using Xunit;

namespace MLPlatform.Tests.Elsa;

public sealed class RoundTripTests
{
    public static TheoryData<string> Shipped() => [.. Directory.EnumerateFiles(Path.Combine(RepositoryFiles.Root, "workflows"), "*.json")
        .Concat(Directory.EnumerateFiles(Path.Combine(RepositoryFiles.Root, "samples"), "*.json", SearchOption.AllDirectories))
        .Where(f => PipelineCompiler.Compile(File.ReadAllBytes(f), f, BuiltInActivities.Catalog()).Pipeline is not null)
        .Select(f => Path.GetRelativePath(RepositoryFiles.Root, f)).Order(StringComparer.Ordinal)];

    public static TheoryData<string> Collected() => Folder() is { } folder
        ? [.. Directory.EnumerateFiles(folder, "*.json").Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)]
        : ["none"];

    [Theory, MemberData(nameof(Shipped))]
    public void A_shipped_pipeline_comes_back_from_Elsa_byte_for_byte(string file)
    {
        string pipeline = File.ReadAllText(Path.Combine(RepositoryFiles.Root, file));
        Assert.Equal(pipeline, Definitions.Import(Definitions.Export(pipeline)));
    }

    [Theory, MemberData(nameof(Shipped))]
    public void A_shipped_pipeline_means_the_same_where_Elsa_lost_its_text(string file)
    {
        string pipeline = File.ReadAllText(Path.Combine(RepositoryFiles.Root, file));
        Definitions.Same(Definitions.Parse(pipeline), Definitions.Bare(Definitions.Import(Definitions.WithoutText(Definitions.Export(pipeline)))));
    }

    [Theory, MemberData(nameof(Collected))]
    public void A_collected_definition_comes_back_whole_or_is_refused_with_the_reason(string file)
    {
        string definition = File.ReadAllText(SharedData.File("dags/elsa3/" + file));
        ElsaResult result = Definitions.Read(definition);
        if (result.Text is null)
        {
            Assert.Contains(result.Diagnostics, d => d.Severity == DiagnosticSeverity.Error && d.Line > 0);
            return;
        }
        Definitions.Same(Definitions.Parse(definition), Definitions.Parse(Definitions.Export(Encoding.UTF8.GetString(result.Text))));
    }

    [Theory, MemberData(nameof(Collected))]
    public void Activities_of_a_collected_definition_hold_their_place_and_are_told_apart_from_ours(string file)
    {
        ElsaResult result = Definitions.Read(File.ReadAllText(SharedData.File("dags/elsa3/" + file)));
        if (result.Text is null)
            return;
        CompileResult compiled = PipelineCompiler.Compile(result.Text, "pipeline.json", BuiltInActivities.Catalog());
        int placeholders = result.Diagnostics.Count(d => d.Code == "ELSA-018");
        Diagnostic[] unknown = [.. compiled.Diagnostics.Where(d => d.Code == "PIPE-013")];
        Assert.Equal(placeholders, unknown.Length);
        Assert.All(unknown, d => Assert.Contains("came with an Elsa workflow", d.Hint, StringComparison.Ordinal));
    }

    private static string? Folder()
    {
        string folder = Path.Combine(Environment.GetEnvironmentVariable("MLP_SHARED") ?? Path.Combine(RepositoryFiles.Root, "..", "shared"), "dags", "elsa3");
        return Directory.Exists(folder) ? folder : null;
    }
}
