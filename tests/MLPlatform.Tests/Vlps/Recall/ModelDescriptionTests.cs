using System.Text.Json;
using MLPlatform.Vlps.Models;
using MLPlatform.Vlps.Training;
using Xunit;

namespace MLPlatform.Tests.Vlps.Recall;

public sealed class ModelDescriptionTests
{
    [Theory]
    [InlineData("""{ "model": "two-tower", "parts": [PARTS] }""", true)]
    [InlineData("""{ "model": "two-tower", "crossLayers": 3, "fields": { "l1": 0.5 }, "parts": [PARTS] }""", true)] // What a folder keeps may say more than the model reads.
    [InlineData("""{ "model": "deepfm" }""", false)]
    public void A_folder_says_whether_its_model_has_towers(string declaration, bool towers)
    {
        const string Parts = """
            { "part": "perceptron", "name": "left", "fields": ["user"], "layers": [4] }, { "part": "perceptron", "name": "right", "fields": ["item"], "layers": [4] }
            """;
        JsonElement written = JsonElement.Parse(declaration.Replace("PARTS", Parts, StringComparison.Ordinal));
        ModelDescription model = new() { Kind = ModelFolder.NetworkKind, Label = new LabelColumn("visited", []), Network = new NetworkSection(written, "", []) };
        Assert.Equal(towers, model.HasTowers);
    }
}
