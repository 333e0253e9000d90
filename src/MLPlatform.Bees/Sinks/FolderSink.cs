using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using MLPlatform.Bees.Hosts;
using MLPlatform.Bees.Settings;
using MLPlatform.Core.Bees;

namespace MLPlatform.Bees.Sinks;

/// <summary>
/// Files in a folder, <c>SOURCE/CHANNEL/FROM-TO.jsonl</c>, one for each batch. A file's name says which positions it holds,
/// and it gets its name in one step when it is whole: records and position become durable together.
/// </summary>
internal sealed class FolderSink(FolderSinkSettings settings) : ISink
{
    private readonly Dictionary<string, long> _durable = new(StringComparer.Ordinal);
    private readonly ArrayBufferWriter<byte> _text = new(64 << 10);
    private readonly Utf8JsonWriter _json = new(Stream.Null, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true });

    public Task<IReadOnlyDictionary<string, long>?> PositionsAsync(string source, IReadOnlyCollection<string> channels, CancellationToken cancel)
    {
        Dictionary<string, long> found = [];
        foreach (string channel in channels)
        {
            if (Durable(source, channel) is { } position)
                found[channel] = position;
        }
        return Task.FromResult<IReadOnlyDictionary<string, long>?>(found);
    }

    public Sending Prepare(IReadOnlyList<OutgoingBatch> batches) => _ =>
        Task.FromResult<IReadOnlyList<BatchAnswer>>([.. batches.Select(Store)]);

    public ValueTask DisposeAsync() => _json.DisposeAsync();

    private BatchAnswer Store(OutgoingBatch batch)
    {
        BatchHeader header = batch.Header;
        long? durable = Durable(header.Source, header.Channel);
        switch (LandingRule.Decide(durable, ended: false, header))
        {
            case LandingDecision.Duplicate duplicate:
                return new(header.Source, header.Channel, BatchOutcome.Duplicate, duplicate.Durable);
            case LandingDecision.Hole hole:
                return new(header.Source, header.Channel, BatchOutcome.Hole, hole.Durable);
            case LandingDecision.Append append:
                Write(batch, append.From);
                break;
        }
        _durable[header.Channel] = header.To;
        return new(header.Source, header.Channel, BatchOutcome.Stored, header.To);
    }

    private void Write(OutgoingBatch batch, long from)
    {
        string folder = Folder(batch.Header.Source, batch.Header.Channel);
        string name = string.Create(CultureInfo.InvariantCulture, $"{from:D20}-{batch.Header.To:D20}.{Extension}");
        try
        {
            if (!Directory.Exists(folder))
                MakeFolder(folder);
            DurableFile.Replace(Path.Combine(folder, name), file => Write(batch, from, file));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SinkException("BEES-010", $"'{folder}' cannot be written: {e.Message}", e);
        }
    }

    private void Write(OutgoingBatch batch, long from, Stream file)
    {
        _text.ResetWrittenCount();
        foreach (BatchRecord record in batch.Records.Records)
        {
            if (record.Position < from)
                continue;
            if (settings.Format == FolderFormat.Raw)
                _text.Write(record.Bytes);
            else
                WriteJson(record);
            _text.Write("\n"u8);
            if (_text.WrittenCount < 64 << 10)
                continue;
            file.Write(_text.WrittenSpan);
            _text.ResetWrittenCount();
        }
        file.Write(_text.WrittenSpan);
    }

    private void WriteJson(BatchRecord record)
    {
        _json.Reset(_text);
        _json.WriteStartObject();
        _json.WriteNumber("offset"u8, record.Position);
        _json.WriteString("text"u8, record.Bytes);
        _json.WriteEndObject();
        _json.Flush();
    }

    private string Extension => settings.Format == FolderFormat.Raw ? "raw" : "jsonl";

    private string Folder(string source, string channel) => Path.Combine(settings.Folder, source, channel);

    private long? Durable(string source, string channel)
    {
        if (_durable.TryGetValue(channel, out long known))
            return known;
        string folder = Folder(source, channel);
        try
        {
            long? last = !Directory.Exists(folder) ? null
                : Directory.EnumerateFiles(folder, "*-*." + Extension).Select(End).Max();
            if (last is not null)
                _durable[channel] = last.Value;
            return last;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SinkException("BEES-010", $"'{folder}' cannot be read: {e.Message}", e);
        }
    }

    private static long? End(string path) =>
        long.TryParse(Path.GetFileNameWithoutExtension(path).AsSpan()[21..], NumberStyles.None, CultureInfo.InvariantCulture, out long end) ? end : null;

    // Every new folder's name must be as durable as what it will hold.
    private static void MakeFolder(string folder)
    {
        string parent = Path.GetDirectoryName(folder)!;
        if (!Directory.Exists(parent))
            MakeFolder(parent);
        Directory.CreateDirectory(folder);
        DurableFile.SyncFolder(parent);
    }
}
