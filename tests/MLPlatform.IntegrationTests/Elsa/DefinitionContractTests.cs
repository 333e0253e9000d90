using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using MLPlatform.IntegrationTests.Server;
using Xunit;

namespace MLPlatform.IntegrationTests.Elsa;

/// <summary>The requests that Elsa Studio's list and editor were seen to make, in their order.</summary>
public sealed class DefinitionContractTests(TestPlatform platform) : IClassFixture<TestPlatform>
{
    private HttpClient Client => platform.Client;

    [Fact]
    public async Task What_the_editor_asks_for_at_its_start_is_there()
    {
        Assert.Contains((await Client.GetAsync("features/installed", 200)).GetProperty("items").EnumerateArray(), f => f.GetProperty("fullName").GetString() == "Elsa.RealTimeWorkflowUpdates");
        JsonElement[] activities = [.. (await Client.GetAsync("descriptors/activities?Refresh=True", 200)).GetProperty("items").EnumerateArray()];
        Assert.False(activities.Single(a => a.GetProperty("typeName").GetString() == "Elsa.Flowchart").GetProperty("isBrowsable").GetBoolean());
        JsonElement clean = activities.Single(a => a.GetProperty("typeName").GetString() == "data.clean");
        Assert.Equal("Data", clean.GetProperty("category").GetString());
        Assert.Contains(clean.GetProperty("inputs").EnumerateArray(), i => i.GetProperty("name").GetString() == "rules" && i.GetProperty("uiHint").GetString() == "json-editor");
        Assert.Contains(clean.GetProperty("outputs").EnumerateArray(), o => o.GetProperty("name").GetString() == "outputTable");
        JsonElement take = activities.Single(a => a.GetProperty("typeName").GetString() == "bees.collect").GetProperty("inputs").EnumerateArray().Single(i => i.GetProperty("name").GetString() == "take");
        Assert.Equal("all", take.GetProperty("uiSpecifications").GetProperty("dropdown").GetProperty("selectList").GetProperty("items")[0].GetProperty("value").GetString());
        // What nobody gives is shown as it runs: a box of which nothing is known is not ticked.
        JsonElement[] boxes = [.. activities.SelectMany(a => a.GetProperty("inputs").EnumerateArray()).Where(i => i.GetProperty("uiHint").GetString() == "checkbox")];
        Assert.All(boxes, b => Assert.True(b.GetProperty("defaultValue").ValueKind is JsonValueKind.True or JsonValueKind.False, b.ToString()));
        JsonElement[] check = [.. activities.Single(a => a.GetProperty("typeName").GetString() == "data.check").GetProperty("inputs").EnumerateArray()];
        Assert.True(check.Single(i => i.GetProperty("name").GetString() == "fail").GetProperty("defaultValue").GetBoolean());
        Assert.Equal("all", check.Single(i => i.GetProperty("name").GetString() == "mlplatformJoin").GetProperty("defaultValue").GetString());
        Assert.Equal("all", take.GetProperty("defaultValue").GetString());
        // The editor breaks unless there is a type beside Elsa's own.
        Assert.Contains((await Client.GetAsync("descriptors/expression-descriptors", 200)).GetProperty("items").EnumerateArray(), e => e.GetProperty("type").GetString() == "MLPlatform");
        foreach (string list in new[] { "workflow-activation-strategies", "log-persistence-strategies", "incident-strategies", "commit-strategies/workflows", "storage-drivers", "variables" })
            Assert.Equal(JsonValueKind.Array, (await Client.GetAsync("descriptors/" + list, 200)).GetProperty("items").ValueKind);
    }

    [Fact]
    public async Task A_workflow_is_created_saved_published_and_deleted()
    {
        Assert.True((await Client.GetAsync("workflow-definitions/validation/is-name-unique?name=Nightly%20job", 200)).GetProperty("isUnique").GetBoolean());
        string id = await Client.CreateAsync("Nightly job");
        Assert.Equal("nightly-job", id);
        Assert.False((await Client.GetAsync("workflow-definitions/validation/is-name-unique?name=Nightly%20job", 200)).GetProperty("isUnique").GetBoolean());

        JsonElement saved = (await Client.SaveAsync(ElsaApi.Drawn(id, "Nightly job", "PT0.1S"), null, 200)).GetProperty("workflowDefinition");
        Assert.Equal((1, false, true), (saved.GetProperty("version").GetInt32(), saved.GetProperty("isPublished").GetBoolean(), saved.GetProperty("isLatest").GetBoolean()));
        JsonElement dropped = saved.GetProperty("root").GetProperty("activities")[1];
        Assert.Equal("Workflow1:root1:b2", dropped.GetProperty("nodeId").GetString());
        Assert.False(dropped.GetProperty("customProperties").GetProperty("canStartWorkflow").GetBoolean());
        Assert.Contains(saved.GetProperty("links").EnumerateArray(), l => l.GetProperty("rel").GetString() == "publish");

        Assert.True((await Client.SaveAsync(ElsaApi.Drawn(id, "Nightly job", "PT0.1S"), true, 200)).GetProperty("workflowDefinition").GetProperty("isPublished").GetBoolean());
        JsonElement file = (await platform.GetJsonAsync("api/v1/pipelines/" + id)).GetProperty("file");
        Assert.Equal("Wait1", file.GetProperty("activities").GetProperty("Noop1").GetProperty("dependsOn")[0].GetString());

        // On top of what is published a draft begins; what is published stays.
        Assert.Equal(2, (await Client.SaveAsync(ElsaApi.Drawn(id, "Nightly job", "PT9S"), null, 200)).GetProperty("workflowDefinition").GetProperty("version").GetInt32());
        JsonElement versions = await Client.GetAsync($"workflow-definitions?versionOptions=AllVersions&DefinitionIds={id}&OrderBy=Version&OrderDirection=Descending", 200);
        Assert.Equal([2, 1], versions.GetProperty("items").EnumerateArray().Select(v => v.GetProperty("version").GetInt32()));
        Assert.Equal(1, Assert.Single((await Client.GetAsync($"workflow-definitions?versionOptions=Published&DefinitionIds={id}", 200)).GetProperty("items").EnumerateArray()).GetProperty("version").GetInt32());
        Assert.Equal(6, (await Client.GetAsync($"workflow-definitions/by-definition-id/{id}?versionOptions=1", 200)).GetProperty("root").GetProperty("activities")[0].GetProperty("duration").GetProperty("expression").GetProperty("value").GetString()!.Length);

        Assert.Equal(204, (int)(await Client.DeleteAsync("elsa/api/workflow-definitions/" + id)).StatusCode);
        await ProblemAssert.IsAsync(await Client.GetAsync($"elsa/api/workflow-definitions/by-definition-id/{id}?versionOptions=Latest"), 404, "API-004");
        await ProblemAssert.IsAsync(await Client.GetAsync("api/v1/pipelines/" + id), 404, "API-004");
    }

    [Fact]
    public async Task When_and_how_often_an_activity_runs_are_fields_that_the_designer_edits()
    {
        JsonElement noop = (await Client.GetAsync("descriptors/activities", 200)).GetProperty("items").EnumerateArray().Single(a => a.GetProperty("typeName").GetString() == "control.noop");
        Assert.Equal(["mlplatformWhen", "mlplatformForEach", "mlplatformMaxParallel", "mlplatformJoin", "mlplatformResources"], noop.GetProperty("inputs").EnumerateArray().Select(i => i.GetProperty("name").GetString()));
        string id = await Client.CreateAsync("Fields");
        JsonObject model = ElsaApi.Drawn(id, "Fields", "PT0.1S");
        model["root"]!["activities"]![1]!["mlplatformWhen"] = JsonNode.Parse("""{ "typeName": "Object", "expression": { "type": "MLPlatform", "value": "activities.Wait1.status == 'succeeded'" } }""");
        model["root"]!["activities"]![1]!["mlplatformForEach"] = JsonNode.Parse("""{ "typeName": "Object", "expression": { "type": "Object", "value": "[1, 2]" } }""");
        JsonElement saved = (await Client.SaveAsync(model, true, 200)).GetProperty("workflowDefinition");
        Assert.Equal("Literal", saved.GetProperty("root").GetProperty("activities")[1].GetProperty("mlplatformForEach").GetProperty("expression").GetProperty("type").GetString());
        JsonElement file = (await platform.GetJsonAsync("api/v1/pipelines/" + id)).GetProperty("file").GetProperty("activities").GetProperty("Noop1");
        Assert.Equal("${{ activities.Wait1.status == 'succeeded' }}", file.GetProperty("when").GetString());
        Assert.Equal("[1,2]", JsonSerializer.Serialize(file.GetProperty("forEach")));

        // Emptied, it is gone.
        JsonObject shown = JsonNode.Parse(saved.GetRawText())!.AsObject();
        shown["root"]!["activities"]![1]!["mlplatformWhen"]!["expression"]!["value"] = "";
        await Client.SaveAsync(shown, true, 200);
        file = (await platform.GetJsonAsync("api/v1/pipelines/" + id)).GetProperty("file").GetProperty("activities").GetProperty("Noop1");
        Assert.False(file.TryGetProperty("when", out _));
        Assert.True(file.TryGetProperty("forEach", out _));
    }

    [Fact]
    public async Task What_cannot_be_published_stays_a_draft_and_says_why()
    {
        string id = await Client.CreateAsync("Broken");
        JsonObject model = ElsaApi.Drawn(id, "Broken", "soon");
        model["root"]!["activities"]![1]!["type"] = "Elsa.WriteLine";
        await Client.SaveAsync(model, null, 200);
        JsonElement refused = await Client.SaveAsync(model, true, 422);
        string[] messages = [.. refused.GetProperty("errors").GetProperty("root").EnumerateArray().Select(e => e.GetString()!)];
        Assert.Contains(messages, m => m.StartsWith("PIPE-013", StringComparison.Ordinal));
        Assert.Contains(messages, m => m.StartsWith("PIPE-009", StringComparison.Ordinal));
        JsonElement draft = await Client.GetAsync($"workflow-definitions/by-definition-id/{id}?versionOptions=Latest", 200);
        Assert.False(draft.GetProperty("isPublished").GetBoolean());
        Assert.Equal("soon", draft.GetProperty("root").GetProperty("activities")[0].GetProperty("duration").GetProperty("expression").GetProperty("value").GetString());
        await ProblemAssert.IsAsync(await Client.PostAsJsonAsync($"elsa/api/workflow-definitions/{id}/publish", new { }), 422, "API-012");
        await ProblemAssert.IsAsync(await Client.GetAsync("api/v1/pipelines/" + id), 404, "API-004");
    }

    [Fact]
    public async Task A_registered_pipeline_is_there_and_what_was_applied_since_is_the_published_version()
    {
        await ApplyAsync("seen", "PT1S");
        JsonElement first = await Client.GetAsync("workflow-definitions/by-definition-id/seen?versionOptions=Latest", 200);
        Assert.Equal((1, true), (first.GetProperty("version").GetInt32(), first.GetProperty("isPublished").GetBoolean()));
        JsonObject model = JsonNode.Parse(first.GetRawText())!.AsObject();
        model["root"]!["activities"]![0]!["metadata"]!["designer"]!["position"]!["x"] = 777;
        Assert.Equal(2, (await Client.SaveAsync(model, null, 200)).GetProperty("workflowDefinition").GetProperty("version").GetInt32());

        await ApplyAsync("seen", "PT2S");
        JsonElement now = await Client.GetAsync("workflow-definitions/by-definition-id/seen?versionOptions=Latest", 200);
        Assert.Equal((3, true), (now.GetProperty("version").GetInt32(), now.GetProperty("isPublished").GetBoolean()));
        Assert.Equal("seen@2", now.GetProperty("id").GetString());
        Assert.Equal(777, (await Client.GetAsync("workflow-definitions/by-definition-id/seen?versionOptions=2", 200)).GetProperty("root").GetProperty("activities")[0].GetProperty("metadata").GetProperty("designer").GetProperty("position").GetProperty("x").GetInt32());
        Assert.Equal("seen@1", (await Client.GetAsync("workflow-definitions/by-id/seen@1", 200)).GetProperty("id").GetString());
    }

    [Fact]
    public async Task A_definition_is_exported_imported_reverted_and_retracted()
    {
        string id = await Client.CreateAsync("Moving");
        await Client.SaveAsync(ElsaApi.Drawn(id, "Moving", "PT0.1S"), true, 200);
        JsonElement exported = await Client.GetAsync($"workflow-definitions/{id}/export?versionOptions=1&includeConsumingWorkflows=False", 200);
        Assert.Equal(5, exported.GetProperty("root").GetProperty("connections")[0].GetProperty("vertices")[0].GetProperty("x").GetInt32());
        JsonElement imported = await Client.PostAsync("workflow-definitions/import", exported, 200);
        Assert.Equal((2, false), (imported.GetProperty("version").GetInt32(), imported.GetProperty("isPublished").GetBoolean()));
        Assert.Equal(2, (await Client.PostAsync($"workflow-definitions/{id}/revert/1", new { }, 200)).GetProperty("version").GetInt32());
        Assert.False((await Client.PostAsync($"workflow-definitions/{id}/retract", new { }, 200)).GetProperty("isPublished").GetBoolean());
        await ProblemAssert.IsAsync(await Client.GetAsync("api/v1/pipelines/" + id), 404, "API-004");
        using MultipartFormDataContent files = new() { { new StringContent(exported.GetRawText().Replace("\"moving\"", "\"moved\"", StringComparison.Ordinal)), "files", "moved.json" } };
        Assert.Equal(1, (await ElsaApi.ReadAsync(await Client.PostAsync("elsa/api/workflow-definitions/import-files", files), 200)).GetProperty("count").GetInt32());
        Assert.Equal("Moving", (await Client.GetAsync("workflow-definitions/by-definition-id/moved?versionOptions=Latest", 200)).GetProperty("name").GetString());
        await ProblemAssert.IsAsync(await Client.PostAsJsonAsync("elsa/api/workflow-definitions/import", new { name = "none" }), 422, "ELSA-001");
        await ProblemAssert.IsAsync(await Client.PostAsJsonAsync("elsa/api/workflow-definitions", new { model = new { definitionId = "../etc", name = "x", root = new { } } }), 422, "ELSA-030");
    }

    private async Task ApplyAsync(string id, string duration)
    {
        HttpResponseMessage applied = await Client.PostAsJsonAsync("api/v1/pipelines", new { pipeline = $$"""{ "id": "{{id}}", "activities": { "a": { "type": "control.wait", "inputs": { "duration": "{{duration}}" } } } }""" });
        Assert.True(applied.IsSuccessStatusCode, await applied.Content.ReadAsStringAsync());
    }
}
