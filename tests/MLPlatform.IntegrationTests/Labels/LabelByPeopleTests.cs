using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using MLPlatform.Core.Artifacts;
using MLPlatform.IntegrationTests.Server;
using ParquetSharp;
using Xunit;

namespace MLPlatform.IntegrationTests.Labels;

/// <summary>From a table through people to a table, over HTTP.</summary>
public sealed class LabelByPeopleTests(TestPlatform platform) : IClassFixture<TestPlatform>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Two_people_label_a_table_and_the_run_goes_on_with_their_labels()
    {
        Guid run = await platform.StartAsync(await PipelineAsync(["1", "2"], """ "perItem": 2 """));
        await platform.WaitAsync(run, "waiting", "ask");
        JsonElement batch = await BatchOfAsync(run);
        Assert.Equal((2, 0), (batch.GetProperty("items").GetInt32(), batch.GetProperty("done").GetInt32()));
        foreach (string person in new[] { "ann", "bob" })
        {
            for (int i = 0; i < 2; i++)
            {
                JsonElement next = await PostAsync($"api/v1/labels/batches/{Id(batch)}/next", new { annotator = person });
                Assert.Equal($"text {i + 1}", next.GetProperty("item").GetProperty("data").GetProperty("text").GetString());
                await SaveAsync(batch, i, 0, new { choice = person == "bob" && i == 1 ? "ham" : "spam" }, person);
            }
            Assert.False((await PostAsync($"api/v1/labels/batches/{Id(batch)}/next", new { annotator = person })).TryGetProperty("item", out _));
        }
        JsonElement outputs = (await platform.WaitAsync(run, "succeeded")).GetProperty("outputs").GetProperty("labels");
        Assert.Equal((2, 1, 1), (outputs.GetProperty("items").GetInt32(), outputs.GetProperty("labeled").GetInt32(), outputs.GetProperty("tied").GetInt32()));
        JsonElement agreement = await platform.GetJsonAsync($"api/v1/labels/batches/{Id(batch)}/agreement");
        Assert.Equal((2, 0d), (agreement.GetProperty("items").GetInt32(), agreement.GetProperty("pairs")[0].GetProperty("kappa").GetDouble()));
        Assert.Equal(["1 spam", "2 "], await LabelsAsync(outputs.GetProperty("table")));
    }

    [Fact]
    public async Task A_dispute_is_decided_and_people_are_judged_by_known_answers()
    {
        Guid run = await platform.StartAsync(await PipelineAsync(["1", "2"], """ "perItem": 2, "gold": "gold", "adjudicators": [] """));
        await platform.WaitAsync(run, "waiting", "ask");
        JsonElement batch = await BatchOfAsync(run);
        foreach ((string person, string first) in new[] { ("ann", "spam"), ("bob", "ham") })
        {
            JsonElement next = await PostAsync($"api/v1/labels/batches/{Id(batch)}/next", new { annotator = person });
            Assert.False(next.GetProperty("item").GetProperty("data").TryGetProperty("gold", out _));
            await SaveAsync(batch, 0, 0, new { choice = first }, person);
            await SaveAsync(batch, 1, 0, new { choice = first }, person);
        }
        Assert.Equal([0, 1], (await platform.GetJsonAsync($"api/v1/labels/batches/{Id(batch)}/disputes")).EnumerateArray().Select(d => d.GetProperty("item").GetProperty("item").GetInt32()));
        for (int item = 0; item < 2; item++)
        {
            using HttpResponseMessage decided = await platform.Client.PutAsJsonAsync(
                $"api/v1/labels/batches/{Id(batch)}/items/{item}/decision", new { revision = 0, value = new { choice = "ham" } }, Cancel);
            Assert.True(decided.IsSuccessStatusCode, await decided.Content.ReadAsStringAsync(Cancel));
        }
        JsonElement outputs = (await platform.WaitAsync(run, "succeeded")).GetProperty("outputs").GetProperty("labels");
        Assert.Equal(["1 spam", "2 ham"], await LabelsAsync(outputs.GetProperty("table"))); // The known answer of item 1 stands.
        Assert.Equal(["ann 1/1", "bob 0/1"], (await platform.GetJsonAsync($"api/v1/labels/batches/{Id(batch)}/agreement")).GetProperty("gold").EnumerateArray()
            .Select(g => $"{g.GetProperty("annotator").GetString()} {g.GetProperty("right").GetInt32()}/{g.GetProperty("judged").GetInt32()}"));
    }

    [Fact]
    public async Task A_batch_goes_to_label_studio_and_its_answers_come_back()
    {
        Guid run = await platform.StartAsync(await PipelineAsync(["1", "2"]));
        await platform.WaitAsync(run, "waiting", "ask");
        string path = $"api/v1/labels/batches/{Id(await BatchOfAsync(run))}/label-studio";
        JsonNode tasks = JsonNode.Parse((await platform.GetJsonAsync(path)).GetRawText())!;
        foreach (JsonNode? task in tasks.AsArray())
            task!["annotations"] = JsonNode.Parse("""[{"id":9,"completed_by":4,"result":[{"type":"choices","from_name":"c","to_name":"t","value":{"choices":["spam"]}}]}]""");
        JsonNode bad = tasks.DeepClone();
        bad[1]!["annotations"]![0]!["result"]![0]!["type"] = "brushlabels";
        await ProblemAssert.IsAsync(await platform.Client.PostAsJsonAsync(path, bad, Cancel), 400, "LABEL-016");

        JsonElement imported = await PostAsync(path, tasks);

        Assert.Equal((2, true), (imported.GetProperty("added").GetInt32(), imported.GetProperty("closed").GetBoolean()));
        Assert.True(JsonNode.DeepEquals(tasks[0]!["annotations"], JsonNode.Parse((await platform.GetJsonAsync(path))[0].GetProperty("annotations").GetRawText())));
        JsonElement outputs = (await platform.WaitAsync(run, "succeeded")).GetProperty("outputs").GetProperty("labels");
        Assert.Equal(["1 spam", "2 spam"], await LabelsAsync(outputs.GetProperty("table")));
    }

    [Fact]
    public async Task Answers_that_do_not_fit_are_refused_and_nothing_is_kept()
    {
        Guid run = await platform.StartAsync(await PipelineAsync(["1"]));
        await platform.WaitAsync(run, "waiting", "ask");
        JsonElement batch = await BatchOfAsync(run);
        await ProblemAssert.IsAsync(await PutAsync(batch, 0, new { revision = 0, value = new { choice = "eggs" } }), 400, "LABEL-010");
        await ProblemAssert.IsAsync(await PutAsync(batch, 0, new { revision = 0, value = new { choice = "spam", more = 1 } }), 400, "LABEL-010");
        await ProblemAssert.IsAsync(await PutAsync(batch, 0, new { revision = 3, value = new { choice = "spam" } }), 409, "LABEL-011");
        await ProblemAssert.IsAsync(await PutAsync(batch, 1, new { revision = 0, value = new { choice = "spam" } }), 404, "API-004");
        Assert.Equal(0, (await platform.GetJsonAsync($"api/v1/labels/batches/{Id(batch)}/annotations")).GetArrayLength());
        await PostAsync($"api/v1/labels/batches/{Id(batch)}/close", new { });
        await platform.WaitAsync(run, "succeeded");
        await ProblemAssert.IsAsync(await PutAsync(batch, 0, new { revision = 0, value = new { choice = "spam" } }), 409, "LABEL-012");
    }

    [Fact]
    public async Task A_person_takes_their_last_answer_back_and_gives_another()
    {
        Guid run = await platform.StartAsync(await PipelineAsync(["1", "2"]));
        await platform.WaitAsync(run, "waiting", "ask");
        JsonElement batch = await BatchOfAsync(run);
        await SaveAsync(batch, 0, 0, new { choice = "spam" }, "ann");
        JsonElement mine = await platform.GetJsonAsync($"api/v1/labels/batches/{Id(batch)}/annotations?annotator=ann&last=1");
        Assert.Equal((0, 1), (mine[0].GetProperty("item").GetInt32(), mine[0].GetProperty("revision").GetInt32()));
        await ProblemAssert.IsAsync(await WithdrawAsync(batch, 0, 0), 409, "LABEL-011");
        using (HttpResponseMessage undone = await WithdrawAsync(batch, 0, 1))
            Assert.True(undone.IsSuccessStatusCode, await undone.Content.ReadAsStringAsync(Cancel));
        JsonElement next = await PostAsync($"api/v1/labels/batches/{Id(batch)}/next", new { annotator = "ann" });
        Assert.Equal((0, 2, "spam"), (next.GetProperty("item").GetProperty("item").GetInt32(), next.GetProperty("revision").GetInt32(), next.GetProperty("given").GetProperty("choice").GetString()));
        await SaveAsync(batch, 0, 2, new { choice = "ham" }, "ann");
        await SaveAsync(batch, 1, 0, new { choice = "ham" }, "ann");
        JsonElement people = (await platform.GetJsonAsync($"api/v1/labels/batches/{Id(batch)}/agreement")).GetProperty("people");
        Assert.Equal(("ann", 2, 0), (people[0].GetProperty("annotator").GetString(), people[0].GetProperty("labeled").GetInt32(), people[0].GetProperty("skipped").GetInt32()));
        await ProblemAssert.IsAsync(await WithdrawAsync(batch, 1, 1), 409, "LABEL-012");
        await platform.WaitAsync(run, "succeeded");
    }

    private Task<HttpResponseMessage> WithdrawAsync(JsonElement batch, int item, int revision) =>
        platform.Client.DeleteAsync(new Uri($"api/v1/labels/batches/{Id(batch)}/items/{item}/annotation?revision={revision}&annotator=ann", UriKind.Relative), Cancel);

    [Fact]
    public async Task A_deadline_closes_the_batch_and_one_in_the_past_fails_the_step()
    {
        Guid run = await platform.StartAsync(await PipelineAsync(["1"], """ "within": "PT0.2S" """));
        JsonElement outputs = (await platform.WaitAsync(run, "succeeded")).GetProperty("outputs").GetProperty("labels");
        Assert.Equal("deadline", outputs.GetProperty("closedBecause").GetString());
        Guid late = await platform.StartAsync(await PipelineAsync(["1"], """ "deadline": "2020-01-01T00:00:00Z" """));
        Assert.Contains("LABEL-003", (await platform.WaitAsync(late, "failed")).ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("LABEL-005", "1,1", "")]
    [InlineData("LABEL-004", "1,2", "\"maxItems\": 1")]
    [InlineData("DATA-031", "1", "\"show\": [\"txet\"]")]
    [InlineData("LABEL-008", "1", "\"gold\": \"text\"")]
    [InlineData("LABEL-002", "1", "\"within\": \"P1D\", \"deadline\": \"2120-01-01T00:00:00Z\"")]
    public async Task Bad_inputs_fail_the_step_in_words(string code, string keys, string settings)
    {
        Guid run = await platform.StartAsync(await PipelineAsync(keys.Split(','), settings));
        Assert.Contains(code, (await platform.WaitAsync(run, "failed")).ToString(), StringComparison.Ordinal);
    }

    private async Task<string> PipelineAsync(string[] keys, string settings = "")
    {
        string folder = Directory.CreateTempSubdirectory("mlp-label-test-").FullName;
        using (ParquetFileWriter file = new(Path.Combine(folder, "part-00000.parquet"), [new Column<string>("id"), new Column<string>("text"), new Column<string?>("gold")]))
        {
            using RowGroupWriter rows = file.AppendRowGroup();
            using (LogicalColumnWriter<string> ids = rows.NextColumn().LogicalWriter<string>())
                ids.WriteBatch(keys);
            using (LogicalColumnWriter<string> texts = rows.NextColumn().LogicalWriter<string>())
                texts.WriteBatch([.. keys.Select(k => $"text {k}")]);
            using (LogicalColumnWriter<string?> gold = rows.NextColumn().LogicalWriter<string?>())
                gold.WriteBatch([.. keys.Select((_, i) => i == 0 ? "spam" : null)]);
            file.Close();
        }
        ArtifactRef table = await platform.Get<IArtifactStore>().PutFolderAsync(folder, "table", Cancel);
        Directory.Delete(folder, recursive: true);
        string more = settings.Length > 0 ? ", " + settings : "";
        return $$$"""
            {
              "id": "people",
              "activities": { "ask": { "type": "label.human", "inputs": {
                "table": { "$artifact": "{{{table.Hash}}}", "kind": "table", "bytes": {{{table.Bytes}}} }, "item": "id", "labels": ["spam", "ham"]{{{more}}} } } },
              "outputs": { "labels": "${{ activities.ask.outputs }}" }
            }
            """;
    }

    private async Task<JsonElement> BatchOfAsync(Guid run) => (await platform.GetJsonAsync("api/v1/labels/batches")).EnumerateArray()
        .First(b => b.GetProperty("run").GetGuid() == run);

    private static Guid Id(JsonElement batch) => batch.GetProperty("id").GetGuid();

    private async Task<JsonElement> SaveAsync(JsonElement batch, int item, int revision, object value, string annotator)
    {
        using HttpResponseMessage response = await PutAsync(batch, item, new { revision, value, annotator });
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Cancel));
        return await response.Content.ReadFromJsonAsync<JsonElement>(Cancel);
    }

    private Task<HttpResponseMessage> PutAsync(JsonElement batch, int item, object body) =>
        platform.Client.PutAsJsonAsync($"api/v1/labels/batches/{Id(batch)}/items/{item}/annotation", body, Cancel);

    private async Task<JsonElement> PostAsync(string path, object body)
    {
        using HttpResponseMessage response = await platform.Client.PostAsJsonAsync(path, body, Cancel);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Cancel));
        return await response.Content.ReadFromJsonAsync<JsonElement>(Cancel);
    }

    private async Task<List<string>> LabelsAsync(JsonElement table)
    {
        ArtifactManifest manifest = (await platform.Get<IArtifactStore>().FindAsync(table.GetProperty("$artifact").GetString()!, Cancel))!;
        using ParquetFileReader file = new(await platform.Get<IArtifactStore>().FetchAsync(manifest.Files[0], Cancel));
        using RowGroupReader rows = file.RowGroup(0);
        using LogicalColumnReader<string> items = rows.Column(0).LogicalReader<string>(), labels = rows.Column(1).LogicalReader<string>();
        int count = (int)rows.MetaData.NumRows;
        return [.. items.ReadAll(count).Zip(labels.ReadAll(count), (i, l) => $"{i} {l}")];
    }
}
