using System.Text.Json;
using MLPlatform.Core.Lineage.OpenLineage;
using Xunit;

namespace MLPlatform.Tests.Lineage;

public sealed class ReceivedEventTests
{
    private const string Good = """
        {
          "eventType": "COMPLETE", "eventTime": "2026-03-01T10:00:00.000+01:00", "producer": "https://example.com/spark", "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
          "run": { "runId": "0195555d-0000-7000-8000-000000000001", "facets": {} },
          "job": { "namespace": "spark", "name": "load" },
          "inputs": [ { "namespace": "hdfs://a", "name": "/raw" }, { "namespace": "hdfs://a", "name": "/raw" } ],
          "outputs": [ { "namespace": "file", "name": "/data/x.csv", "facets": { "schema": { "fields": [] } } } ]
        }
        """;

    [Fact]
    public void A_run_event_is_read()
    {
        (ReceivedEvent? received, IReadOnlyList<string> problems) = ReceivedEvent.Read(JsonElement.Parse(Good));
        Assert.Empty(problems);
        Assert.Equal((new DateTimeOffset(2026, 3, 1, 9, 0, 0, TimeSpan.Zero), "COMPLETE", new NamedDataset("spark", "load")), (received!.At, received.Type, received.Job));
        Assert.Equal([new NamedDataset("hdfs://a", "/raw")], received.Inputs);
        Assert.Equal([new NamedDataset("file", "/data/x.csv")], received.Outputs);
    }

    [Fact]
    public void The_same_event_in_another_order_has_the_same_id_and_another_event_another()
    {
        string Id(string json) => ReceivedEvent.Read(JsonElement.Parse(json)).Event!.Id;
        string reordered = Good.Replace("\"job\": { \"namespace\": \"spark\", \"name\": \"load\" }", "\"job\": { \"name\": \"load\",  \"namespace\": \"spark\" }", StringComparison.Ordinal);
        Assert.NotEqual(Good, reordered);
        Assert.Equal(Id(Good), Id(reordered));
        Assert.NotEqual(Id(Good), Id(Good.Replace("load", "dump", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("[]", "$: an event is a JSON object")]
    [InlineData("{}", "$.eventTime: a text of 1 to 4096 characters is missing", "$.producer: a text of 1 to 4096 characters is missing", "$.schemaURL: a text of 1 to 4096 characters is missing", "$.job: it is missing")]
    [InlineData("""{"eventTime":"yesterday","producer":"me","schemaURL":"urn:x","eventType":"DONE","run":{"runId":"7"},"job":{"namespace":"n"},"inputs":{},"outputs":[{"name":"x"}]}""",
        "$.producer: it is no absolute URI", "$.eventTime: it is no date and time of ISO 8601", "$.run.runId: it is no UUID", "$.eventType: it is one of START, RUNNING, COMPLETE, ABORT, FAIL, OTHER",
        "$.job.name: a text of 1 to 4096 characters is missing", "$.inputs: it is a list", "$.outputs[0].namespace: a text of 1 to 4096 characters is missing")]
    public void All_that_is_wrong_is_told_at_once(string json, params string[] problems) => Assert.Equal(problems, ReceivedEvent.Read(JsonElement.Parse(json)).Problems);

    [Fact]
    public void An_event_about_a_dataset_alone_needs_no_job() => Assert.NotNull(ReceivedEvent.Read(JsonElement.Parse(
        """{"eventTime":"2026-03-01T10:00:00Z","producer":"urn:x","schemaURL":"urn:x","dataset":{"namespace":"n","name":"d"}}""")).Event);
}
