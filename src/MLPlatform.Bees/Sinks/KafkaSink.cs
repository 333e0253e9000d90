using System.Text;
using Confluent.Kafka;
using MLPlatform.Bees.Settings;
using MLPlatform.Core.Bees;

namespace MLPlatform.Bees.Sinks;

/// <summary>
/// A Kafka topic. Records and the positions they lead to are written in one transaction, so that either both are there or
/// neither; a second agent of the same name is fenced off.
/// </summary>
internal sealed class KafkaSink(KafkaSinkSettings settings, string agent) : ISink
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private IProducer<byte[], byte[]>? _producer;
    private Dictionary<string, long> _durable = [];

    public Task<IReadOnlyDictionary<string, long>?> PositionsAsync(string source, IReadOnlyCollection<string> channels, CancellationToken cancel) =>
        Task.Run<IReadOnlyDictionary<string, long>?>(() =>
        {
            Trying(() => Open(cancel));
            return channels.Where(c => _durable.ContainsKey($"{source}/{c}")).ToDictionary(c => c, c => _durable[$"{source}/{c}"]);
        }, cancel);

    public Sending Prepare(IReadOnlyList<OutgoingBatch> batches) => cancel =>
        Task.Run<IReadOnlyList<BatchAnswer>>(() =>
        {
            List<BatchAnswer> answers = [];
            Trying(() =>
            {
                IProducer<byte[], byte[]> producer = Open(cancel);
                Dictionary<string, long> after = new(_durable);
                producer.BeginTransaction();
                foreach (OutgoingBatch batch in batches)
                    answers.Add(Produce(producer, batch, after));
                producer.CommitTransaction(Patience);
                _durable = after;
            });
            return answers;
        }, cancel);

    public ValueTask DisposeAsync()
    {
        _producer?.Dispose();
        return ValueTask.CompletedTask;
    }

    private BatchAnswer Produce(IProducer<byte[], byte[]> producer, OutgoingBatch batch, Dictionary<string, long> after)
    {
        BatchHeader header = batch.Header;
        string key = $"{header.Source}/{header.Channel}";
        long? durable = after.TryGetValue(key, out long known) ? known : null;
        switch (LandingRule.Decide(durable, ended: false, header))
        {
            case LandingDecision.Duplicate duplicate:
                return new(header.Source, header.Channel, BatchOutcome.Duplicate, duplicate.Durable);
            case LandingDecision.Hole hole:
                return new(header.Source, header.Channel, BatchOutcome.Hole, hole.Durable);
            case LandingDecision.Append append:
                byte[] channel = Encoding.UTF8.GetBytes(header.Channel);
                foreach (BatchRecord record in batch.Records.Records)
                {
                    if (record.Position >= append.From)
                        Produce(producer, settings.Topic ?? header.Source, Message(channel, record));
                }
                break;
        }
        Produce(producer, settings.PositionsTopic, KafkaPositions.Message(header.Source, header.Channel, header.To));
        after[key] = header.To;
        return new(header.Source, header.Channel, BatchOutcome.Stored, header.To);
    }

    // The position is the record's identity within its channel, for consumers that see uncommitted records.
    private static Message<byte[], byte[]> Message(byte[] channel, BatchRecord record) => new()
    {
        Key = channel,
        Value = record.Bytes.ToArray(),
        Headers = [new Header("position", Encoding.UTF8.GetBytes(record.Position.ToString(System.Globalization.CultureInfo.InvariantCulture)))],
    };

    // A full queue is emptied by waiting; the client says so instead of waiting itself.
    private static void Produce(IProducer<byte[], byte[]> producer, string topic, Message<byte[], byte[]> message)
    {
        while (true)
        {
            try
            {
                producer.Produce(topic, message);
                return;
            }
            catch (ProduceException<byte[], byte[]> e) when (e.Error.Code == ErrorCode.Local_QueueFull)
            {
                producer.Poll(TimeSpan.FromMilliseconds(100));
            }
        }
    }

    // After any failure it is not known what is durable: everything is asked anew, and the transaction that may hang is settled.
    private void Trying(Action act)
    {
        try
        {
            act();
        }
        catch (KafkaException e)
        {
            _producer?.Dispose();
            _producer = null;
            throw new SinkException("BEES-016", $"Kafka at {settings.Servers} does not take records: {e.Error.Reason}", e);
        }
    }

    private IProducer<byte[], byte[]> Open(CancellationToken cancel)
    {
        if (_producer is not null)
            return _producer;
        Dictionary<string, string> client = new(settings.Client, StringComparer.Ordinal) { ["bootstrap.servers"] = settings.Servers };
        ProducerConfig config = new(new Dictionary<string, string>(client))
        {
            TransactionalId = "bees-" + agent,
            CompressionType = CompressionType.Lz4,
            LingerMs = 5,
            QueueBufferingMaxKbytes = 8 << 10,
        };
        IProducer<byte[], byte[]> producer = new ProducerBuilder<byte[], byte[]>(config).SetLogHandler((_, _) => { }).Build();
        try
        {
            producer.InitTransactions(Patience);
            _durable = KafkaPositions.Read(client, settings.PositionsTopic, cancel);
        }
        catch (KafkaException)
        {
            producer.Dispose();
            throw;
        }
        return _producer = producer;
    }
}
