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
    [InlineData("""{ "model": "fm", "feilds": {} }""", "VLPS-001 at $.feilds: there is no 'feilds'; did you mean 'fields'?")]
    [InlineData("""{ "model": "fm", "fields": { "dim": "8" } }""", "VLPS-002 at $.fields.dim: \"8\" does not fit; it must be a whole number")]
    [InlineData("""{ "model": "fm", "fields": { "dim": 1000 } }""", "VLPS-003 at $.fields.dim: it must be from 1 to 256; it is 1000")]
    [InlineData("""{ "model": "fm", "except": { "itme": { "minCount": 2 } } }""", "VLPS-004 at $.except.itme: there is no field 'itme'; did you mean 'item'?")]
    [InlineData("""{ "model": "fm", "except": { "item.name": { "minCuont": 2 } } }""", "VLPS-001 at $.except['item.name'].minCuont: there is no 'minCuont'; did you mean 'minCount'?")]
    [InlineData("""{ "model": "fm", "except": { "the 'item'": {} } }""", "VLPS-004 at $.except['the \\'item\\'']: there is no field 'the 'item''; there are user, item, shop")]
    [InlineData("""{ "model": "fm", "except": { "item": { "dim": 8 }, "user": { "dim": 4 } } }""",
        "VLPS-007 at $.except.item.dim: pairs of fields need factors of one dimension", "VLPS-007 at $.except.user.dim: pairs of fields need factors of one dimension")]
    [InlineData("""{ "model": "deepfm", "layers": [64, 0] }""", "VLPS-003 at $.layers[1]: a layer has from 1 to 8192 units, not 0")]
    [InlineData("""{ "model": "deepfm", "layers": [] }""", "VLPS-006 at $.layers: a perceptron needs a layer")]
    [InlineData("""{ "model": "esmm", "tasks": [ { "name": "click" }, { "name": "click", "label": "x" } ] }""", "VLPS-005 at $.tasks[1].name: there are two tasks named 'click'")]
    [InlineData("""{ "parts": [ { "part": "pairs" }, { "part": "linear" }, { "part": "pairs", "name": "again" } ] }""", "VLPS-005 at $.parts[2].part: there are two parts of the kind 'pairs'; a model has one")]
    [InlineData("""{ "parts": [ { "part": "cross", "name": "a" }, { "part": "perceptron", "name": "a", "layers": [3] } ] }""", "VLPS-005 at $.parts[1].name: there are two parts named 'a'; give one of them another 'name'")]
    [InlineData("""{ "model": "two-tower", "layers": [], "parts": [ { "part": "perceptron", "name": "left", "fields": ["user"] }, { "part": "perceptron", "name": "right", "fields": ["shop", "itme"] } ] }""",
        "VLPS-004 at $.parts[1].fields[1]: there is no field 'itme'; did you mean 'item'?", "VLPS-006 at $.layers: a perceptron needs a layer")]
    [InlineData("""{ "parts": [ {} ] }""", "VLPS-002 at $.parts[0]: 'part' is missing")]
    [InlineData("""{ "parts": [ { "part": "linear" }, { "part": "linear" } ] }""",
        "VLPS-005 at $.parts[1]: there are two parts named 'linear'; give one of them another 'name'", "VLPS-005 at $.parts[1]: the task 'click' has two linear parts")]
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

    [Theory]
    [InlineData("""{ "model": "lr", "layers": [8] }""", "$.layers: 'layers' would do nothing: 'lr' has no perceptron; leave it out")]
    [InlineData("""{ "model": "fm", "layers": [256, 128, 64] }""", "$.layers: 'layers' would do nothing: 'fm' has no perceptron; leave it out")]
    [InlineData("""{ "model": "fwfm", "crossLayers": 3 }""", "$.crossLayers: 'crossLayers' would do nothing: 'fwfm' has no cross layers; leave it out")]
    [InlineData("""{ "model": "deepfm", "crossLayers": 2 }""", "$.crossLayers: 'crossLayers' would do nothing: 'deepfm' has no cross layers; leave it out")]
    [InlineData("""{ "model": "esmm", "crossLayers": 2 }""", "$.crossLayers: 'crossLayers' would do nothing: 'esmm' has no cross layers; leave it out")]
    [InlineData("""{ "model": "lr", "fields": { "dim": 8, "precision": "float32", "factorScale": 0.1, "rate": 0.1, "l2": 0.1, "minCount": 2, "firstSquares": 1, "pooling": "mean" } }""",
        "$.fields.dim: 'dim' would do nothing: 'lr' has one weight for each id, and no factors; leave it out",
        "$.fields.precision: 'precision' would do nothing: 'lr' has one weight for each id, and no factors; leave it out",
        "$.fields.factorScale: 'factorScale' would do nothing: 'lr' has one weight for each id, and no factors; leave it out")]
    [InlineData("""{ "model": "lr", "except": { "item": { "dim": 8 } } }""", "$.except.item.dim: 'dim' would do nothing: 'lr' has one weight for each id, and no factors; leave it out")]
    [InlineData("""{ "parts": [ { "part": "linear" } ], "fields": { "dim": 8 } }""", "$.fields.dim: 'dim' would do nothing: this model has one weight for each id, and no factors; leave it out")]
    [InlineData("""{ "model": "fm", "fields": { "l1": 1 } }""", "$.fields.l1: 'l1' would do nothing: only the optimizer ftrl reads it; leave it out")]
    [InlineData("""{ "model": "fm", "fields": { "optimizer": "ftrl", "l1": 1 }, "except": { "item": { "optimizer": "adam", "l1": 1, "firstSquares": 1 } } }""",
        "$.except.item.firstSquares: 'firstSquares' would do nothing: adam has no sums of squares to begin with; leave it out",
        "$.except.item.l1: 'l1' would do nothing: only the optimizer ftrl reads it; leave it out")]
    [InlineData("""{ "model": "fm", "fields": { "optimizer": "lazyAdam", "firstSquares": 1 } }""",
        "$.fields.firstSquares: 'firstSquares' would do nothing: adam has no sums of squares to begin with; leave it out")]
    [InlineData("""{ "model": "fm", "tasks": [ { "name": "click", "temperature": 1 } ] }""", "$.tasks[0].temperature: 'temperature' would do nothing: only a task with 'towers' reads it; leave it out")]
    [InlineData("""{ "model": "fm", "crossLayers": 2, "layers": [8], "parts": [ { "part": "cross" }, { "part": "perceptron", "layers": [4] } ] }""",
        "$.model: 'model' would do nothing: 'parts' say what the model is; leave it out",
        "$.layers: 'layers' would do nothing: no perceptron in 'parts' is without layers of its own; leave it out",
        "$.crossLayers: 'crossLayers' would do nothing: each cross in 'parts' has its own; leave it out")]
    public void What_the_model_never_reads_is_refused_at_its_place_and_kept_folders_may_say_it(string json, params string[] expected)
    {
        Assert.Null(Read(json, out string[] problems));
        Assert.Equal(expected.Select(e => "VLPS-007 at " + e), problems);
        ModelDeclaration kept = DeclarationReader.ReadKept(JsonElement.Parse(json), Names, out _)!;
        Assert.True(DeclarationReader.AreSame(kept, DeclarationReader.ReadKept(DeclarationReader.Write(kept), Names, out _)!));
    }

    [Theory]
    [InlineData("""{ "model": "lr", "fields": { "optimizer": "ftrl", "l1": 1, "firstSquares": 1 }, "denseRate": 0.1 }""")]
    [InlineData("""{ "model": "dcn-v2", "layers": [8], "crossLayers": 3, "fields": { "dim": 8, "factorScale": 0.1, "precision": "float32" } }""")]
    [InlineData("""{ "model": "esmm", "layers": [8] }""")]
    [InlineData("""{ "model": "fm", "fields": { "l1": 1 }, "except": { "item": { "optimizer": "ftrl" } } }""")]
    [InlineData("""{ "model": "esmm", "layers": [8], "parts": [ { "part": "linear" }, { "part": "perceptron" }, { "part": "linear", "name": "b", "task": "conversion" } ] }""")]
    public void What_some_part_or_field_reads_is_taken(string json)
    {
        Assert.NotNull(Read(json, out string[] problems));
        Assert.Equal([], problems);
    }

    [Theory]
    [InlineData("""{ "model": "lr", "layers": [8], "fields": { "dim": 4 } }""", "\"lr\"", true)]
    [InlineData("""{ "model": "deepfm", "layers": [8] }""", "\"deepfm\"", false)]
    [InlineData("""{ "model": "fm", "fields": { "dim": 4 } }""", "\"fm\"", false)]
    public void Two_declarations_are_the_same_model_whatever_it_never_reads(string one, string other, bool same) =>
        Assert.Equal(same, DeclarationReader.AreSame(
            DeclarationReader.ReadKept(JsonElement.Parse(one), Names, out _)!, DeclarationReader.ReadKept(JsonElement.Parse(other), Names, out _)!));

    private static ModelDeclaration? Read(string json, out string[] problems)
    {
        ModelDeclaration? declared = DeclarationReader.Read(JsonElement.Parse(json), Names, out IReadOnlyList<DeclarationProblem> found);
        problems = [.. found.Select(p => p.ToString())];
        return declared;
    }
}
