using System.Globalization;
using System.Text;
using Confluent.Kafka;

namespace MLPlatform.Bees.Sinks;

/// <summary>
/// How far channels are, on a compacted topic: the key is <c>SOURCE/CHANNEL</c>, the value the position in decimal. Written in
/// the transaction of the records; read committed, from the beginning, by an agent that starts.
/// </summary>
internal static class KafkaPositions
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static Message<byte[], byte[]> Message(string source, string channel, long position) => new()
    {
        Key = Encoding.UTF8.GetBytes($"{source}/{channel}"),
        Value = Encoding.UTF8.GetBytes(position.ToString(CultureInfo.InvariantCulture)),
    };

    /// <exception cref="KafkaException">It cannot be read.</exception>
    public static Dictionary<string, long> Read(IEnumerable<KeyValuePair<string, string>> settings, string topic, CancellationToken cancel)
    {
        ConsumerConfig config = new(settings.ToDictionary(StringComparer.Ordinal))
        {
            GroupId = "bees-agents", // Nothing is ever committed to it; the client wants one.
            EnableAutoCommit = false,
            EnablePartitionEof = true,
            IsolationLevel = IsolationLevel.ReadCommitted,
        };
        using IConsumer<byte[], byte[]> consumer = new ConsumerBuilder<byte[], byte[]>(config).SetLogHandler((_, _) => { }).Build();
        using IAdminClient admin = new DependentAdminClientBuilder(consumer.Handle).Build();
        List<TopicPartitionOffset> partitions = [.. admin.GetMetadata(topic, Patience).Topics.Single(t => t.Topic == topic).Partitions
            .Select(p => new TopicPartitionOffset(topic, p.PartitionId, Offset.Beginning))];
        consumer.Assign(partitions);
        Dictionary<string, long> positions = new(StringComparer.Ordinal);
        for (int ends = 0; ends < partitions.Count;)
        {
            ConsumeResult<byte[], byte[]> read = consumer.Consume(cancel);
            if (read.IsPartitionEOF)
                ends++;
            else if (read.Message is { Key: { } key, Value: { } value } && long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out long position))
                positions[Encoding.UTF8.GetString(key)] = position;
        }
        return positions;
    }
}
