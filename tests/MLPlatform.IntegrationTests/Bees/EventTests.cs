using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using CsCheck;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using MLPlatform.Core.Bees;
using MLPlatform.IntegrationTests.Server;
using MLPlatform.Server.Bees;
using MLPlatform.Storage.Bees;
using Xunit;

namespace MLPlatform.IntegrationTests.Bees;

/// <summary>CloudEvents in every form, each once.</summary>
public sealed class EventTests(TestPlatform platform) : IClassFixture<TestPlatform>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Events_come_in_once_in_whatever_form_they_are_sent()
    {
        await RegisterAsync("forms");
        string one = """{"specversion":"1.0","id":"1","source":"/shop","type":"click","time":"2026-03-01T10:00:00Z","data":{"user":"ann","n":1}}""";
        Assert.Equal("1 0", await SendAsync("forms", one, "application/cloudevents+json"));
        Assert.Equal("0 1", await SendAsync("forms", one, "application/cloudevents+json"));
        Assert.Equal("1 2", await SendAsync("forms", $$"""[{{one}},{"specversion":"1.0","id":"2","source":"/shop","type":"click","data":[1]},{{one}}]""", "application/cloudevents-batch+json"));
        Assert.Equal("0 1", await SendAsync("forms", "{}", "application/json", ("ce-specversion", "1.0"), ("ce-id", "2"), ("ce-source", "/shop"), ("ce-type", "click")));
        Assert.Equal("1 0", await SendAsync("forms", """{"user":"bob"}""", "application/json", ("ce-specversion", "1.0"), ("ce-id", "2"), ("ce-source", "/other"), ("ce-type", "click"), ("ce-subject", "a%20b")));
        Assert.Equal(
        [
            """{"ce_source":"/shop","ce_id":"1","ce_time":"2026-03-01T10:00:00Z","ce_type":"click","user":"ann","n":1}""",
            """{"ce_source":"/shop","ce_id":"2","ce_type":"click","data":[1]}""",
            """{"ce_source":"/other","ce_id":"2","ce_datacontenttype":"application/json","ce_subject":"a b","ce_type":"click","user":"bob"}""",
        ], await RecordsAsync("forms"));
    }

    [Fact]
    public async Task A_restart_still_knows_the_ids_that_were_kept()
    {
        await RegisterAsync("again");
        string[] events = [.. Enumerable.Range(0, 30).Select(i => $$"""{"specversion":"1.0","id":"{{i}}","source":"/s","type":"t"}""")];
        foreach (string[] some in events.Chunk(7))
            await SendAsync("again", $"[{string.Join(',', some)}]", "application/cloudevents-batch+json");
        LandingLogs logs = platform.Get<LandingLogs>();
        await (await logs.FindAsync("again", Cancel))!.SealAsync(Cancel);
        await logs.CloseAsync("again"); // What a restart does: the log and the window are read anew.
        Assert.Equal("1 30", await SendAsync("again", $$"""[{{string.Join(',', events)}},{"specversion":"1.0","id":"new","source":"/s","type":"t"}]""", "application/cloudevents-batch+json"));
        Assert.Equal(31, (await RecordsAsync("again")).Count);
    }

    [Theory]
    [InlineData("""{"id":"1","source":"s","type":"t"}""", "specversion")]
    [InlineData("""{"specversion":"0.3","id":"1","source":"s","type":"t"}""", "0.3")]
    [InlineData("""{"specversion":"1.0","id":"","source":"s","type":"t"}""", "'id'")]
    [InlineData("""{"specversion":"1.0","id":"1","source":"s","type":"t","time":"yesterday"}""", "time")]
    [InlineData("""{"specversion":"1.0","id":"1","source":"s","type":"t","Bad":"x"}""", "Bad")]
    [InlineData("""{"specversion":"1.0","id":"1","source":"s","type":"t","more":{}}""", "more")]
    [InlineData("""{"specversion":"1.0","id":"1","source":"s","type":"t","data_base64":"!"}""", "base64")]
    [InlineData("""[1]""", "object")]
    [InlineData("""{""", "JSON")]
    public async Task An_event_that_is_none_is_refused_with_the_reason(string body, string says)
    {
        await RegisterAsync("bad");
        using HttpResponseMessage response = await PostAsync("bad", body, "application/cloudevents+json");
        JsonElement problem = await ProblemAssert.IsAsync(response, 400, "BEES-065");
        Assert.Contains(says, problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_window_forgets_the_oldest_and_what_was_not_kept() => Gen.Int[0, 12].Array[0, 60].Sample(ids =>
    {
        EventWindow window = new(5);
        List<int> model = [];
        foreach (int id in ids)
        {
            bool isNew = !model.Contains(id);
            Assert.Equal(isNew, window.Add((UInt128)id));
            if (isNew && id == 12)
                window.Remove([(UInt128)id]);
            else if (isNew)
                model.Add(id);
            window.Trim();
            if (model.Count > 5)
                model.RemoveAt(0);
            Assert.Equal(model.Count, window.Count);
        }
    });

    private async Task RegisterAsync(string name)
    {
        using HttpResponseMessage response = await platform.Client.PutAsJsonAsync($"api/v1/bees/sources/{name}", new { name }, Cancel);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Cancel));
    }

    private async Task<HttpResponseMessage> PostAsync(string source, string body, string type, params (string Name, string Value)[] headers)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, $"api/v1/bees/sources/{source}/events") { Content = new ByteArrayContent(System.Text.Encoding.UTF8.GetBytes(body)) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(type);
        foreach ((string name, string value) in headers)
            request.Headers.Add(name, value);
        return await platform.Client.SendAsync(request, Cancel);
    }

    private async Task<string> SendAsync(string source, string body, string type, params (string Name, string Value)[] headers)
    {
        using HttpResponseMessage response = await PostAsync(source, body, type, headers);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Cancel));
        EventsAnswer answer = (await response.Content.ReadFromJsonAsync<EventsAnswer>(Cancel))!;
        return $"{answer.Accepted} {answer.Duplicates}";
    }

    private async Task<List<string>> RecordsAsync(string source) => await LandedRecords.ReadAsync((await platform.Get<LandingLogs>().FindAsync(source, Cancel))!);
}
