using System.Text;
using MLPlatform.Activities.Control;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Pipelines;
using Xunit;

namespace MLPlatform.Tests.Control;

/// <summary>Steps inside the server say what they give, so that a wrong name is found before the run.</summary>
public sealed class OutputTests
{
    private static readonly ActivityCatalog Catalog = ActivityCatalog.FromAssemblies(typeof(Noop).Assembly);

    [Theory]
    [InlineData("\"control.noop\"", "done")]
    [InlineData("\"control.wait\", \"inputs\": { \"duration\": \"PT1S\" }", "waited")]
    [InlineData("\"control.upstream\", \"inputs\": { \"runs\": [] }", "runs")]
    [InlineData("\"control.http\", \"inputs\": { \"url\": \"http://127.0.0.1/\" }", "code")]
    [InlineData("\"dataset.read\", \"inputs\": { \"name\": \"d\" }", "tabel")]
    [InlineData("\"control.approve\"", "coment")]
    public void A_wrong_output_is_found_before_the_run(string step, string output)
    {
        CompileResult compiled = Compile(step, output);
        Assert.Contains(compiled.Diagnostics, d => d.Code == "PIPE-015");
    }

    [Theory]
    [InlineData("\"control.http\", \"inputs\": { \"url\": \"http://127.0.0.1/\" }", "body.items[0]")]
    [InlineData("\"dataset.read\", \"inputs\": { \"name\": \"d\" }", "version")]
    [InlineData("\"control.approve\"", "comment")]
    public void A_right_one_passes(string step, string output) => Assert.Empty(Compile(step, output).Diagnostics);

    private static CompileResult Compile(string step, string output) => PipelineCompiler.Compile(Encoding.UTF8.GetBytes($$$"""
        { "id": "p", "activities": { "a": { "type": {{{step}}} } }, "outputs": { "x": "${{ activities.a.outputs.{{{output}}} }}" } }
        """), "test.json", Catalog);
}
