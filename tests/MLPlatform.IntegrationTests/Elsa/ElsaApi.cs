using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using MLPlatform.IntegrationTests.Server;
using Xunit;

namespace MLPlatform.IntegrationTests.Elsa;

/// <summary>Asks as Elsa Studio does.</summary>
internal static class ElsaApi
{
    public static async Task<JsonElement> GetAsync(this HttpClient client, string path, int status)
    {
        using HttpResponseMessage response = await client.GetAsync("elsa/api/" + path);
        return await ReadAsync(response, status);
    }

    public static async Task<JsonElement> PostAsync(this HttpClient client, string path, object body, int status)
    {
        using HttpResponseMessage response = await client.PostAsJsonAsync("elsa/api/" + path, body);
        return await ReadAsync(response, status);
    }

    public static async Task<JsonElement> ReadAsync(HttpResponseMessage response, int status)
    {
        string text = await response.Content.ReadAsStringAsync();
        Assert.True((int)response.StatusCode == status, $"{response.RequestMessage!.RequestUri}: {(int)response.StatusCode} {text}");
        return text.Length == 0 ? default : JsonElement.Parse(text);
    }

    /// <summary>What the create dialog sends.</summary>
    public static async Task<string> CreateAsync(this HttpClient client, string name)
    {
        JsonElement made = await client.PostAsync("workflow-definitions", new
        {
            model = new { definitionId = (string?)null, name, root = new { id = "root1", type = "Elsa.Flowchart", version = 1, activities = Array.Empty<object>(), connections = Array.Empty<object>() } },
            publish = (bool?)null,
        }, 200);
        return made.GetProperty("workflowDefinition").GetProperty("definitionId").GetString()!;
    }

    /// <summary>Two activities as they are dropped, one after the other: no paths, no inputs but what was typed.</summary>
    public static JsonObject Drawn(string id, string name, string duration) => JsonNode.Parse($$$"""
        { "definitionId": "{{{id}}}", "name": "{{{name}}}", "root": { "id": "root1", "type": "Elsa.Flowchart", "version": 1,
          "activities": [
            { "id": "a1", "name": "Wait1", "type": "control.wait", "version": 1, "metadata": { "designer": { "position": { "x": 10, "y": 20 } } },
              "duration": { "typeName": "String", "expression": { "type": "Literal", "value": "{{{duration}}}" } } },
            { "id": "b2", "name": "Noop1", "type": "control.noop", "version": 1 } ],
          "connections": [ { "source": { "activity": "a1", "port": "Done" }, "target": { "activity": "b2", "port": "In" }, "vertices": [ { "x": 5, "y": 5 } ] } ] } }
        """)!.AsObject();

    public static Task<JsonElement> SaveAsync(this HttpClient client, JsonObject model, bool? publish, int status) =>
        client.PostAsync("workflow-definitions", new JsonObject { ["model"] = model.DeepClone(), ["publish"] = publish }, status);

    public static async Task<string> ExecuteAsync(this HttpClient client, string id)
    {
        using HttpResponseMessage started = await client.PostAsJsonAsync($"elsa/api/workflow-definitions/{id}/execute", new { correlationId = (string?)null, versionOptions = "Latest", input = (object?)null });
        Assert.True(started.IsSuccessStatusCode, await started.Content.ReadAsStringAsync());
        return Assert.Single(started.Headers.GetValues("x-elsa-workflow-instance-id"));
    }
}
