using System.Net.Http.Json;
using System.Text.Json;
using MLPlatform.IntegrationTests.Server;
using Xunit;

namespace MLPlatform.IntegrationTests.Elsa;

/// <summary>The requests that Elsa Studio's instance list and viewer were seen to make.</summary>
public sealed class InstanceContractTests(TestPlatform platform) : IClassFixture<TestPlatform>
{
    private static readonly string[] Finished = ["Finished"];
    private static readonly string[] Containers = ["Elsa.Workflow", "Elsa.Flowchart"];

    private HttpClient Client => platform.Client;

    [Fact]
    public async Task A_run_is_an_instance_with_journal_and_badges()
    {
        string id = await Client.CreateAsync("Watched");
        await Client.SaveAsync(ElsaApi.Drawn(id, "Watched", "PT0.1S"), true, 200);
        string run = await Client.ExecuteAsync(id);
        await platform.WaitAsync(Guid.Parse(run), "succeeded");

        JsonElement listed = Assert.Single((await Client.PostAsync("workflow-instances", new { page = 0, pageSize = 10, definitionIds = new[] { id }, statuses = Finished, isSystem = false }, 200)).GetProperty("items").EnumerateArray());
        Assert.Equal((run, "Finished", "Finished"), (listed.GetProperty("id").GetString(), listed.GetProperty("status").GetString(), listed.GetProperty("subStatus").GetString()));
        JsonElement instance = await Client.GetAsync("workflow-instances/" + run, 200);
        Assert.Equal("Finished", instance.GetProperty("workflowState").GetProperty("status").GetString());
        JsonElement definition = await Client.GetAsync("workflow-definitions/by-id/" + instance.GetProperty("definitionVersionId").GetString(), 200);
        string[] nodes = [.. definition.GetProperty("root").GetProperty("activities").EnumerateArray().Select(a => a.GetProperty("nodeId").GetString()!)];

        JsonElement journal = await Client.PostAsync($"workflow-instances/{run}/journal?skip=0&take=110", new { filter = new { activityNodeIds = nodes, eventNames = (string[]?)null, excludedActivityTypes = Containers } }, 200);
        Assert.Equal(["Wait1 Started", "Wait1 Completed", "Noop1 Started", "Noop1 Completed"],
            journal.GetProperty("items").EnumerateArray().Select(e => $"{e.GetProperty("activityName").GetString()} {e.GetProperty("eventName").GetString()}"));
        Assert.All(journal.GetProperty("items").EnumerateArray().Take(2), e => Assert.Equal("PT0.1S", e.GetProperty("activityState").GetProperty("duration").GetString()));
        Assert.Equal(1, (await Client.PostAsync($"workflow-instances/{run}/journal?skip=3&take=5", new { }, 200)).GetProperty("items").GetArrayLength());

        JsonElement stats = (await Client.PostAsync("activity-executions/report", new { workflowInstanceId = run, activityNodeIds = nodes }, 200)).GetProperty("stats");
        Assert.All(stats.EnumerateArray(), s => Assert.Equal((1, 1, 0, false), (s.GetProperty("startedCount").GetInt32(), s.GetProperty("completedCount").GetInt32(), s.GetProperty("uncompletedCount").GetInt32(), s.GetProperty("isFaulted").GetBoolean())));
        Assert.Equal(2, stats.GetArrayLength());
        JsonElement execution = Assert.Single((await Client.GetAsync($"activity-executions/list?WorkflowInstanceId={run}&ActivityNodeId={Uri.EscapeDataString(nodes[0])}", 200)).GetProperty("items").EnumerateArray());
        Assert.Equal("Completed", execution.GetProperty("status").GetString());
        Assert.Equal(execution.GetRawText(), (await Client.GetAsync("activity-executions/by-id?id=" + execution.GetProperty("id").GetString(), 200)).GetRawText());
        await Client.GetAsync($"workflow-instances/{run}/variables", 200);
    }

    [Fact]
    public async Task A_failed_activity_is_an_incident_and_a_draft_that_cannot_run_says_so()
    {
        string file = """{ "id": "failing", "activities": { "call": { "type": "control.http", "inputs": { "url": "http://127.0.0.1:1/" }, "advanced": { "retry": { "maxInfrastructureAttempts": 1 } } }, "after": { "type": "control.noop", "dependsOn": ["call"] } } }""";
        Guid run = await platform.StartAsync(file);
        await platform.WaitAsync(run, "failed");
        JsonElement instance = await Client.GetAsync("workflow-instances/" + run, 200);
        Assert.Equal("Faulted", instance.GetProperty("subStatus").GetString());
        Assert.Equal("control.http", Assert.Single(instance.GetProperty("workflowState").GetProperty("incidents").EnumerateArray()).GetProperty("activityType").GetString());
        // The file was never registered: the definition is made from what ran.
        Assert.Equal(2, (await Client.GetAsync("workflow-definitions/by-id/" + instance.GetProperty("definitionVersionId").GetString(), 200)).GetProperty("root").GetProperty("activities").GetArrayLength());

        string id = await Client.CreateAsync("Empty");
        HttpResponseMessage refused = await Client.PostAsJsonAsync($"elsa/api/workflow-definitions/{id}/execute", new { });
        Assert.Equal("true", Assert.Single(refused.Headers.GetValues("x-elsa-workflow-cannot-start")));
        await ProblemAssert.IsAsync(refused, 422, "API-012");
        await ProblemAssert.IsAsync(await Client.GetAsync("elsa/api/workflow-instances/nothing"), 404, "API-004");
        await ProblemAssert.IsAsync(await Client.DeleteAsync($"elsa/api/workflow-instances/{run}"), 409, "ELSA-032");
    }

    [Fact]
    public async Task The_page_says_plainly_that_the_package_is_not_there()
    {
        HttpResponseMessage page = await Client.GetAsync("elsa/workflows/definitions");
        Assert.Equal(404, (int)page.StatusCode);
        Assert.Contains("Elsa Studio is not installed", await page.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Contains("'wasm-unsafe-eval'", page.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.Equal(404, (int)(await Client.GetAsync("elsa/_framework/..%2f..%2fmlp.db")).StatusCode);
    }
}
