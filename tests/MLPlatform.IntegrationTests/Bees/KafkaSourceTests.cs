using System.Text.Json;
using Confluent.Kafka;
using MLPlatform.Core.Bees;
using MLPlatform.Server.Bees.Kafka;
using Xunit;

namespace MLPlatform.IntegrationTests.Bees;

/// <summary>A topic of librdkafka's own mock cluster, read with the reader stopped and started between.</summary>
public sealed class KafkaSourceTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mlp-kafka-").FullName;
    private readonly IProducer<byte[], byte[]> _cluster = new ProducerBuilder<byte[], byte[]>(new ProducerConfig { BootstrapServers = "mock" }.Also(c => c.Set("test.mock.num.brokers", "2"))).Build();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _cluster.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Every_message_comes_once_and_in_the_order_of_its_partition_though_the_reader_stops()
    {
        SourceDefinition source = Source(envelope: false);
        for (int i = 0; i < 40; i++)
            await SendAsync(i % 4, $$"""{"n":{{i}}}""");
        await using (ConnectorRun first = ConnectorRun.Start(new KafkaConnector(TimeProvider.System), source, _folder))
            await first.UntilAsync(40);
        for (int i = 40; i < 100; i++)
            await SendAsync(i % 4, $$"""{"n":{{i}}}""");
        await using ConnectorRun second = ConnectorRun.Start(new KafkaConnector(TimeProvider.System), source, _folder);
        await second.UntilAsync(100);
        for (int partition = 0; partition < 4; partition++)
        {
            int p = partition;
            Assert.Equal(Enumerable.Range(0, 25).Select(i => $$"""{"n":{{i * 4 + p}}}"""), await LandedRecords.ReadAsync(second.Log, c => c == $"kafka:clicks:{p}"));
        }
        Assert.Equal([25, 25, 25, 25], (await second.Log.ChannelsAsync(_ => true, Cancel)).Select(c => c.Durable));
    }

    [Fact]
    public async Task An_envelope_keeps_key_headers_and_offset()
    {
        await _cluster.ProduceAsync(new TopicPartition("clicks", 1), new Message<byte[], byte[]>
        {
            Key = "k"u8.ToArray(),
            Value = """{"a":1}"""u8.ToArray(),
            Headers = [new Header("h", "v"u8.ToArray())],
        }, Cancel);
        await _cluster.ProduceAsync(new TopicPartition("clicks", 1), new Message<byte[], byte[]> { Key = "k"u8.ToArray(), Value = null! }, Cancel);
        await using ConnectorRun run = ConnectorRun.Start(new KafkaConnector(TimeProvider.System), Source(envelope: true), _folder);
        List<JsonElement> records = [.. (await run.UntilAsync(2)).Select(r => JsonElement.Parse(r))];
        Assert.Equal(("k", 1, 0L, "v", """{"a":1}"""), (records[0].GetProperty("key").GetString(), records[0].GetProperty("partition").GetInt32(),
            records[0].GetProperty("offset").GetInt64(), records[0].GetProperty("headers").GetProperty("h").GetString(), records[0].GetProperty("value").GetRawText()));
        Assert.Equal(JsonValueKind.Null, records[1].GetProperty("value").ValueKind);
    }

    private SourceDefinition Source(bool envelope)
    {
        using IAdminClient admin = new DependentAdminClientBuilder(_cluster.Handle).Build();
        IEnumerable<string> brokers = admin.GetMetadata(TimeSpan.FromSeconds(30)).Brokers.Select(b => $"{b.Host}:{b.Port}");
        return new() { Name = "clicks", Kind = SourceKind.Kafka, Kafka = new KafkaSource { Servers = string.Join(',', brokers), Topic = "clicks", Envelope = envelope } };
    }

    private Task<DeliveryResult<byte[], byte[]>> SendAsync(int partition, string value) =>
        _cluster.ProduceAsync(new TopicPartition("clicks", partition), new Message<byte[], byte[]> { Value = System.Text.Encoding.UTF8.GetBytes(value) }, Cancel);
}

file static class Configuring
{
    public static T Also<T>(this T it, Action<T> change)
    {
        change(it);
        return it;
    }
}
