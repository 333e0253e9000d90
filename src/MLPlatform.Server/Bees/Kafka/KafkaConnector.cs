using System.Globalization;
using Confluent.Kafka;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Bees;
using MLPlatform.Core.Runs;
using MLPlatform.Storage.Bees;

namespace MLPlatform.Server.Bees.Kafka;

/// <summary>
/// Reads all partitions of a topic. A partition is a channel that counts offsets: they are kept with the messages, in one write, and
/// Kafka is never asked where we are. Offsets that expired before they were read are declared lost.
/// </summary>
internal sealed class KafkaConnector(TimeProvider time) : IConnector
{
    private const int MessagesAtOnce = 10_000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LookForPartitions = TimeSpan.FromSeconds(30);

    public SourceKind Kind => SourceKind.Kafka;

    public Task RunAsync(SourceDefinition source, LandingLog log, Action<string?> tell, CancellationToken cancel) =>
        Task.Run(() => RunAsync(source, log, tell, time, cancel), cancel);

    private static async Task RunAsync(SourceDefinition source, LandingLog log, Action<string?> tell, TimeProvider time, CancellationToken cancel)
    {
        KafkaSource settings = source.Kafka!;
        string? broken = null;
        using IConsumer<byte[], byte[]> consumer = new ConsumerBuilder<byte[], byte[]>(Settings(source))
            .SetErrorHandler((_, error) => broken = error.IsFatal || error.Code == ErrorCode.Local_AllBrokersDown ? error.Reason : broken).Build();
        Dictionary<int, Partition> partitions = [];
        long looked = 0;
        while (true)
        {
            cancel.ThrowIfCancellationRequested();
            if (partitions.Count == 0 || time.GetElapsedTime(looked) > LookForPartitions)
            {
                await FindPartitionsAsync(source, log, consumer, partitions, time, cancel);
                looked = time.GetTimestamp();
                tell(null);
            }
            List<ConsumeResult<byte[], byte[]>> messages = Take(consumer, cancel);
            if (messages.Count == 0 && broken is not null)
                throw new ActivityException("BEES-066", $"The source '{source.Name}' cannot be read: {broken}", FailureKind.Infrastructure);
            broken = null;
            foreach (IGrouping<int, ConsumeResult<byte[], byte[]>> some in messages.GroupBy(m => m.Partition.Value))
                await partitions[some.Key].KeepAsync(some, settings.Envelope, cancel);
        }
    }

    private static ConsumerConfig Settings(SourceDefinition source)
    {
        KafkaSource settings = source.Kafka!;
        ConsumerConfig config = new()
        {
            BootstrapServers = settings.Servers,
            GroupId = "mlp-" + source.Name, // Kafka wants one; nothing is ever committed to it.
            EnableAutoCommit = false,
            EnableAutoOffsetStore = false,
            AutoOffsetReset = AutoOffsetReset.Error,
            IsolationLevel = IsolationLevel.ReadCommitted,
            EnablePartitionEof = false,
        };
        if (settings.SettingsFrom is not { } variable)
            return config;
        string more = Environment.GetEnvironmentVariable(variable)
            ?? throw new ActivityException("BEES-067", $"The environment variable {variable}, which is to hold settings of the source '{source.Name}', is not set for the server.", FailureKind.User);
        foreach (string line in more.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            int equals = line.IndexOf('=');
            if (equals <= 0)
                throw new ActivityException("BEES-067", $"The environment variable {variable} of the source '{source.Name}' must hold lines of name=value.", FailureKind.User);
            config.Set(line[..equals].Trim(), line[(equals + 1)..].Trim());
        }
        return config;
    }

    private static async Task FindPartitionsAsync(
        SourceDefinition source, LandingLog log, IConsumer<byte[], byte[]> consumer, Dictionary<int, Partition> partitions, TimeProvider time, CancellationToken cancel)
    {
        string topic = source.Kafka!.Topic;
        using IAdminClient admin = new DependentAdminClientBuilder(consumer.Handle).Build();
        TopicMetadata found = admin.GetMetadata(topic, Patience).Topics.Single();
        if (found.Error.IsError)
            throw new ActivityException("BEES-066", $"The topic '{topic}' of the source '{source.Name}' cannot be read: {found.Error.Reason}", FailureKind.Infrastructure);
        List<TopicPartitionOffset> more = [];
        foreach (int id in found.Partitions.Select(p => p.PartitionId).Where(p => !partitions.ContainsKey(p)))
        {
            string channel = string.Create(CultureInfo.InvariantCulture, $"kafka:{topic}:{id}");
            ChannelState? known = (await log.ChannelsAsync(c => c.Channel == channel, cancel)).SingleOrDefault();
            long first = consumer.QueryWatermarkOffsets(new TopicPartition(topic, id), Patience).Low.Value;
            RowBatches rows = new(log, source, channel, topic, known is null ? first : 0, known?.Durable ?? first, time);
            if (known is null)
                await rows.KeepAsync(first, cancel);
            else if (known.Durable < first)
            {
                rows.Begin(first);
                await rows.KeepAsync(first, cancel, lost: first - known.Durable, because: "they expired before they were read");
            }
            partitions.Add(id, new Partition(rows));
            more.Add(new TopicPartitionOffset(topic, id, rows.From));
        }
        if (more.Count > 0)
            consumer.IncrementalAssign(more);
    }

    // librdkafka has no waiting without a thread: one is held, a fifth of a second at a time.
    private static List<ConsumeResult<byte[], byte[]>> Take(IConsumer<byte[], byte[]> consumer, CancellationToken cancel)
    {
        List<ConsumeResult<byte[], byte[]>> messages = [];
        long bytes = 0;
        ConsumeResult<byte[], byte[]>? next = consumer.Consume(TimeSpan.FromMilliseconds(200));
        while (next is not null && !cancel.IsCancellationRequested)
        {
            messages.Add((ConsumeResult<byte[], byte[]>)next);
            bytes += next.Message.Value?.Length ?? 0;
            if (messages.Count >= MessagesAtOnce || bytes >= 8 << 20)
                break;
            next = consumer.Consume(TimeSpan.Zero);
        }
        return messages;
    }

    private sealed class Partition(RowBatches rows)
    {
        public async Task KeepAsync(IEnumerable<ConsumeResult<byte[], byte[]>> messages, bool envelope, CancellationToken cancel)
        {
            long next = rows.From;
            foreach (ConsumeResult<byte[], byte[]> message in messages)
            {
                if (message.Offset.Value < next)
                    continue;
                // A message without a value only says that its key is gone: it is a record where keys are kept.
                if (envelope)
                    rows.Add(message.Offset.Value, KafkaEnvelope.Of(message));
                else if (message.Message.Value is { } value)
                    rows.Add(message.Offset.Value, value);
                next = message.Offset.Value + 1;
            }
            if (next > rows.From)
                await rows.KeepAsync(next, cancel);
        }
    }
}
