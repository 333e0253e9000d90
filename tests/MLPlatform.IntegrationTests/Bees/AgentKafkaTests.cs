using System.Text;
using Confluent.Kafka;
using MLPlatform.Bees.Settings;
using MLPlatform.Bees.Sinks;
using Xunit;

namespace MLPlatform.IntegrationTests.Bees;

/// <summary>An agent and the mock cluster of the Kafka client: it keeps transactions, but hides neither aborted ones nor fences.</summary>
public sealed class AgentKafkaTests : IDisposable
{
    private readonly IProducer<Null, Null> _mock;
    private readonly string _servers;

    public AgentKafkaTests()
    {
        _mock = new ProducerBuilder<Null, Null>(new Dictionary<string, string> { ["bootstrap.servers"] = "mock:1", ["test.mock.num.brokers"] = "1" }).SetLogHandler((_, _) => { }).Build();
        using IAdminClient admin = new DependentAdminClientBuilder(_mock.Handle).Build();
        _servers = string.Join(',', admin.GetMetadata(TimeSpan.FromSeconds(30)).Brokers.Select(b => $"{b.Host}:{b.Port}"));
    }

    [Fact]
    public async Task Records_and_positions_arrive_together_and_an_agent_that_crashed_goes_on()
    {
        await using AgentWorld world = new();
        world.Settings = world.Settings with { Sink = new KafkaSinkSettings { Servers = _servers } };
        world.Append("a.log", "one\ntwo\n");
        await world.DeliverAsync();
        await world.CrashAsync();
        world.Append("a.log", "three\n");
        world.Append("b.log", "four\n");
        await world.DeliverAsync();
        Assert.Equal([("four", "0"), ("one", "0"), ("three", "8"), ("two", "4")], Read("app").Select(m => (Encoding.UTF8.GetString(m.Value), Position(m))).Order());
        Dictionary<string, long> positions = KafkaPositions.Read([new("bootstrap.servers", _servers)], "bees-positions", TestContext.Current.CancellationToken);
        Assert.Equal([5L, 14L], positions.Values.Order());
    }

    [Fact]
    public async Task Without_brokers_it_says_so_and_waits()
    {
        await using AgentWorld world = new();
        world.Settings = world.Settings with
        {
            Sink = new KafkaSinkSettings { Servers = "127.0.0.1:1", Client = new Dictionary<string, string> { ["transaction.timeout.ms"] = "1000", ["socket.timeout.ms"] = "500" } },
        };
        world.Append("a.log", "one\n");
        Assert.Equal("BEES-016", (await Assert.ThrowsAsync<SinkException>(world.DeliverAsync)).Code);
    }

    public void Dispose() => _mock.Dispose();

    private static string Position(Message<byte[], byte[]> message) => Encoding.UTF8.GetString(message.Headers.GetLastBytes("position"));

    private List<Message<byte[], byte[]>> Read(string topic)
    {
        ConsumerConfig config = new() { BootstrapServers = _servers, GroupId = "test", EnablePartitionEof = true, AutoOffsetReset = AutoOffsetReset.Earliest };
        using IConsumer<byte[], byte[]> consumer = new ConsumerBuilder<byte[], byte[]>(config).Build();
        using IAdminClient admin = new DependentAdminClientBuilder(consumer.Handle).Build();
        int partitions = admin.GetMetadata(topic, TimeSpan.FromSeconds(30)).Topics[0].Partitions.Count;
        consumer.Assign(Enumerable.Range(0, partitions).Select(p => new TopicPartitionOffset(topic, p, Offset.Beginning)));
        List<Message<byte[], byte[]>> messages = [];
        for (int ends = 0; ends < partitions;)
        {
            ConsumeResult<byte[], byte[]> read = consumer.Consume(TestContext.Current.CancellationToken);
            if (read.IsPartitionEOF)
                ends++;
            else
                messages.Add(read.Message);
        }
        return messages;
    }
}
