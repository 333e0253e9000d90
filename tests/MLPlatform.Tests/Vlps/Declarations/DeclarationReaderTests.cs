using System.Text.Json;
using MLPlatform.Vlps.Declarations;
using Xunit;

namespace MLPlatform.Tests.Vlps.Declarations;

public sealed class DeclarationReaderTests
{
    private static readonly SampleNames Names = new(["user", "item", "shop"], ["age"]);

    [Fact]
    public void The_committed_schema_is_what_the_types_say()
    {
        string file = Path.Combine(RepositoryFiles.Root, "workflows", "vlps-model.schema.json"), generated = DeclarationSchema.Generate();
        if (RepositoryFiles.Update)
            File.WriteAllText(file, generated);
        Assert.True(File.ReadAllText(file) == generated, "workflows/vlps-model.schema.json is out of date: run the fast tests once with MLP_UPDATE=1");
    }

    [Theory]
    [InlineData("\"fm\"")]
    [InlineData("""{ "model": "deepfm", "fields": { "dim": 8, "optimizer": "adagradFull" }, "except": { "item": { "minCount": 2, "precision": "float32" } }, "layers": [64, 32] }""")]
    [InlineData("""{ "parts": [ { "part": "linear" }, { "part": "cross", "crossLayers": 3 }, { "part": "perceptron", "reads": "cross", "layers": [32] } ] }""")]
    [InlineData("""{ "$schema": "./vlps-model.schema.json", "model": "esmm", "tasks": [ { "name": "click", "negativesKept": 0.1 }, { "name": "order", "label": "ordered", "given": "click" } ] }""")]
    [InlineData("""{ "model": "two-tower", "parts": [ { "part": "perceptron", "name": "left", "fields": ["user", "age"] }, { "part": "perceptron", "name": "right", "fields": ["item", "shop"] } ] }""")]
    public void A_right_declaration_is_read_and_written(string json)
    {
        ModelDeclaration? declared = Read(json, out string[] problems);
        Assert.Equal([], problems);
        ModelDeclaration? again = Read(DeclarationReader.Write(declared!).GetRawText(), out problems);
        Assert.Equal([], problems);
        Assert.Equal(DeclarationReader.Write(declared!).GetRawText(), DeclarationReader.Write(again!).GetRawText());
    }

    [Theory]
    [InlineData("\"deppfm\"", "VLPS-002 at $: \"deppfm\" does not fit; did you mean 'deepfm'?")]
    [InlineData("7", "VLPS-002 at $: a model is a name, or an object with 'model' or 'parts'")]
    [InlineData("{}", "VLPS-006 at $.parts: a model needs 'model' or 'parts'")]
    [InlineData("""{ "model": "fm", "feilds": {} }""", "VLPS-001 at $: there is no 'feilds'; did you mean 'fields'?")]
    [InlineData("""{ "model": "fm", "fields": { "dim": "8" } }""", "VLPS-002 at $.fields.dim: \"8\" does not fit; it must be a whole number")]
    [InlineData("""{ "model": "fm", "fields": { "dim": 1000 } }""", "VLPS-003 at $.fields.dim: it must be from 1 to 256; it is 1000")]
    [InlineData("""{ "model": "fm", "except": { "itme": { "minCount": 2 } } }""", "VLPS-004 at $.except.itme: there is no field 'itme'; did you mean 'item'?")]
    [InlineData("""{ "model": "fm", "except": { "item": { "dim": 8 } } }""", "VLPS-007 at $.except.item.dim: pairs of fields need factors of one dimension")]
    [InlineData("""{ "parts": [ {} ] }""", "VLPS-002 at $.parts[0]: 'part' is missing")]
    [InlineData("""{ "parts": [ { "part": "linear" }, { "part": "linear" } ] }""",
        "VLPS-005 at $.parts[1]: there are two parts named 'linear'; give one of them another 'name'", "VLPS-005 at $.parts: the task 'click' has two linear parts")]
    [InlineData("""{ "parts": [ { "part": "perceptron", "reads": "corss", "layers": [] }, { "part": "cross", "layers": [3] } ], "denseRate": 0 }""",
        "VLPS-003 at $.denseRate: it must be from 1E-07 to 100; it is 0")]
    [InlineData("""{ "parts": [ { "part": "cross", "layers": [3] }, { "part": "perceptron", "reads": "corss", "layers": [] } ] }""",
        "VLPS-007 at $.parts[0].layers: only a perceptron has layers", "VLPS-004 at $.parts[1].reads: there is no cross or perceptron 'corss' before it; did you mean 'cross'?",
        "VLPS-006 at $.parts[1].layers: a perceptron needs a layer")]
    [InlineData("""{ "parts": [ { "part": "pairs" }, { "part": "perceptron", "name": "a", "fields": ["user"] }, { "part": "perceptron", "name": "b", "fields": ["item"] } ] }""",
        "VLPS-007 at $.parts[1].fields: only the towers of a two-tower model name the fields they read; a part of any other reads all",
        "VLPS-007 at $.parts[2].fields: only the towers of a two-tower model name the fields they read; a part of any other reads all")]
    [InlineData("""{ "model": "esmm", "tasks": [ { "name": "click" }, { "name": "order", "given": "clik" } ] }""",
        "VLPS-002 at $.tasks[1]: 'label' is missing: only the first task has the training's label", "VLPS-004 at $.tasks[1].given: there is no task 'clik' before it; did you mean 'click'?")]
    [InlineData("""{ "model": "two-tower" }""", "VLPS-006 at $.parts: a two-tower model needs its two perceptrons in 'parts', named left and right, each with the 'fields' it reads")]
    public void All_that_is_wrong_is_told_at_once(string json, params string[] expected)
    {
        Assert.Null(Read(json, out string[] problems));
        Assert.Equal(expected, problems);
    }

    private static ModelDeclaration? Read(string json, out string[] problems)
    {
        ModelDeclaration? declared = DeclarationReader.Read(JsonElement.Parse(json), Names, out IReadOnlyList<DeclarationProblem> found);
        problems = [.. found.Select(p => p.ToString())];
        return declared;
    }
}
