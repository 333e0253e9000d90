using System.Text;
using MLPlatform.Bees.Settings;
using MLPlatform.Core.Bees;
using MLPlatform.Core.Pipelines;
using Xunit;

namespace MLPlatform.Tests.Bees;

public sealed class AgentSettingsTests
{
    private const string Good = """
        { "agent": "h", "checkpoint": "/c", "sources": [ { "name": "s", "paths": ["/logs/*.log"], "encoding": "gbk", "maxRecordBytes": "64Ki" } ],
          "sink": { "type": "folder", "folder": "/out" }, "limits": { "bytesPerSecond": "10Mi" } }
        """;

    [Fact]
    public void Settings_are_read()
    {
        (AgentSettings? settings, IReadOnlyList<Diagnostic> problems) = Read(Good);
        Assert.Empty(problems);
        Assert.Equal(64 << 10, settings!.Sources[0].MaxRecordBytes.Value);
        Assert.Equal(TextEncoding.Gbk, settings.Sources[0].Encoding);
    }

    [Theory]
    [InlineData("\"paths\"", "\"path\"", "PIPE-005", "Did you mean \"paths\"?", 1)]
    [InlineData("\"gbk\"", "\"gbx\"", "PIPE-007", "Did you mean \"gbk\"?", 1)]
    [InlineData("\"folder\",", "\"foldr\",", "PIPE-007", "Did you mean \"folder\"?", 2)]
    [InlineData("/logs/*.log", "logs/*.log", "BEES-001", null, 1)]
    [InlineData("\"64Ki\"", "\"1Gi\"", "BEES-001", null, 1)]
    [InlineData("\"agent\": \"h\"", "\"agent\": \"h/1\"", "BEES-001", null, 1)]
    [InlineData("\"encoding\": \"gbk\"", "\"multiline\": { \"start\": \"(a)\\\\1\" }", "BEES-001", null, 1)]
    public void A_mistake_is_told_with_its_place_and_what_was_meant(string right, string wrong, string code, string? hint, int line)
    {
        (AgentSettings? settings, IReadOnlyList<Diagnostic> problems) = Read(Good.Replace(right, wrong, StringComparison.Ordinal));
        Assert.Null(settings);
        Diagnostic problem = problems.First(p => p.Code == code);
        Assert.Equal(line, problem.Line);
        Assert.True(problem.Column > 1);
        Assert.Equal(hint, problem.Hint);
    }

    [Fact]
    public void The_sample_is_right() =>
        Assert.Empty(AgentSettingsFile.Read(File.ReadAllBytes(Path.Combine(RepositoryFiles.Root, "samples", "bees", "agent.json")), "agent.json").Problems);

    private static (AgentSettings? Settings, IReadOnlyList<Diagnostic> Problems) Read(string json) => AgentSettingsFile.Read(Encoding.UTF8.GetBytes(json), "agent.json");
}
