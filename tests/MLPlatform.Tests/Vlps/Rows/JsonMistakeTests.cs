using System.Text.Json;
using MLPlatform.Tests.Tables;
using MLPlatform.Vlps;
using MLPlatform.Vlps.Features;
using MLPlatform.Vlps.Models;
using Xunit;

namespace MLPlatform.Tests.Vlps.Rows;

/// <summary>What is wrong with a JSON file is told without the names of types, which nobody but us knows.</summary>
public sealed class JsonMistakeTests : IDisposable
{
    private readonly TestActivityContext _context = new();

    public void Dispose() => _context.Dispose();

    [Theory]
    [InlineData("""{ "format": "vlps-features", "version": 1, "rows": "many", "columns": [], "features": [] }""", "the value at $.rows is not of the kind that it must be")]
    [InlineData("""{ "format": "vlps-features", "version": 1, "columns": [], "features": [] }""", "'rows' is missing")]
    [InlineData("""{ "format": "vlps-features", "version": 1, "rows": 1, "columns": [], "features": [{ "kind": "hush", "name": "a" }] }""", "hush")]
    [InlineData("""{ "format": "vlps-features", "version": 1, "rows": 1, "columns": [], "features": [{ "name": "a", "column": "a" }] }""", "a feature does not say of which kind it is")]
    [InlineData("{ \"format\": \"vlps-features\",\n \"version\": 1,, }", "in line 2")]
    public void A_specification_of_features(string json, string about) => Refused(() => FeatureSpec.Load(_context.Write("features.json", json)), about);

    [Theory]
    [InlineData("""{ "kind": "onnx" }""", "'label' is missing")]
    [InlineData("""{ "kind": "onnx", "label": { "column": "a", "positive": "b" } }""", "the value at $.label.positive is not of the kind that it must be")]
    public void A_model(string json, string about) => Refused(() => ModelFolder.Describe(Path.GetDirectoryName(_context.Write("model.json", json))!), about);

    private static void Refused(Func<object> read, string about)
    {
        VlpsException problem = Assert.Throws<VlpsException>(read);
        Assert.Equal(VlpsProblem.BadFile, problem.Problem);
        Assert.Contains(about, problem.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("MLPlatform.", problem.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("System.", problem.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("LineNumber", problem.Message, StringComparison.Ordinal);
    }
}
