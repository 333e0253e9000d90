using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using MLPlatform.Core.Bees;

namespace MLPlatform.Cli.Bench;

/// <summary>What <c>mlp bench bees --what collector</c> measured: medians of the repeats.</summary>
internal sealed record BeesCollectorFigures
{
    public required string What { get; init; }
    public required int MebiBytes { get; init; }
    public required long Records { get; init; }

    /// <summary>How many send at a time, each a batch of half a MiB, compressed.</summary>
    public required int Senders { get; init; }
    public required int Repeats { get; init; }

    /// <summary>Bytes of records, from the first request until the last is answered, so durable.</summary>
    public required double MegabytesPerSecond { get; init; }
    public required double RecordsPerSecond { get; init; }

    /// <summary>Processor time of the whole server.</summary>
    public required double MegabytesPerCpuSecond { get; init; }
    public required double PeakMemoryMiB { get; init; }
    public required double LoadBefore { get; init; }
    public required BenchMachine Machine { get; init; }
}

/// <summary>Sends batches that were made ready before to a real server, and waits until all are durable.</summary>
internal static class BeesCollectorBench
{
    private const int Senders = 4;
    private const int BatchBytes = 512 << 10;

    public static async Task<BeesCollectorFigures> MeasureAsync(int mebiBytes, int repeats, CancellationToken cancel)
    {
        string home = Directory.CreateTempSubdirectory("mlp-bench-").FullName;
        double load = BenchCommandLine.Load();
        using Process server = BenchCommandLine.Start(home, null, ["serve", "--address", "http://127.0.0.1:0"]);
        try
        {
            using HttpClient http = new() { BaseAddress = new Uri(await AddressAsync(server, cancel)) };
            (List<byte[]>[] requests, long records, long bytes) = Requests(mebiBytes);
            List<(double Seconds, double Cpu)> measured = [];
            for (int i = 0; i <= repeats; i++)
            {
                string source = string.Create(CultureInfo.InvariantCulture, $"bench{i}");
                await SendAsync(http, HttpMethod.Put, $"api/v1/bees/sources/{source}", Encoding.UTF8.GetBytes($$"""{"name":"{{source}}"}"""), "application/json", cancel);
                byte[][][] bodies = [.. requests.Select((list, sender) => Framed(list, source, sender).ToArray())]; // Not the collector's work.
                server.Refresh();
                TimeSpan before = server.TotalProcessorTime;
                long start = Stopwatch.GetTimestamp();
                await Task.WhenAll(bodies.Select(async list =>
                {
                    foreach (byte[] body in list)
                        await SendAsync(http, HttpMethod.Post, "api/v1/bees/batches", body, BatchFormat.MediaType, cancel);
                }));
                double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
                server.Refresh();
                if (i > 0) // The first warms up.
                    measured.Add((seconds, (server.TotalProcessorTime - before).TotalSeconds));
                long kept = JsonElement.Parse(await http.GetStringAsync($"api/v1/bees/sources/{source}", cancel)).GetProperty("records").GetInt64();
                if (kept != records)
                    throw new InvalidOperationException($"the collector kept {kept} of {records} records");
            }
            double Median(Func<(double Seconds, double Cpu), double> of) => measured.Select(of).Order().ElementAt(repeats / 2);
            return new BeesCollectorFigures
            {
                What = "collector",
                MebiBytes = mebiBytes,
                Records = records,
                Senders = Senders,
                Repeats = repeats,
                MegabytesPerSecond = Math.Round(Median(m => bytes / m.Seconds / 1e6), 1),
                RecordsPerSecond = Math.Round(Median(m => records / m.Seconds)),
                MegabytesPerCpuSecond = Math.Round(Median(m => bytes / m.Cpu / 1e6), 1),
                PeakMemoryMiB = BenchCommandLine.PeakMemoryMiB(server.Id),
                LoadBefore = load,
                Machine = BenchMachine.This(),
            };
        }
        finally
        {
            server.Kill();
            await server.WaitForExitAsync(CancellationToken.None);
            BenchCommandLine.EndSupervisor(home);
            Directory.Delete(home, recursive: true);
        }
    }

    private static async Task<string> AddressAsync(Process server, CancellationToken cancel)
    {
        while (await server.StandardOutput.ReadLineAsync(cancel) is { } line)
        {
            if (line.Contains(" at http://", StringComparison.Ordinal))
            {
                _ = server.StandardOutput.BaseStream.CopyToAsync(Stream.Null, CancellationToken.None); // What follows must not fill the pipe.
                return line.Split(" at ")[1].Split(' ')[0] + "/";
            }
        }
        throw new InvalidOperationException("the server ended before it began");
    }

    private static async Task SendAsync(HttpClient http, HttpMethod method, string path, byte[] body, string type, CancellationToken cancel)
    {
        using HttpRequestMessage request = new(method, path) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(type);
        if (type == BatchFormat.MediaType)
            request.Content.Headers.ContentEncoding.Add("br");
        using HttpResponseMessage response = await http.SendAsync(request, cancel);
        response.EnsureSuccessStatusCode();
    }

    /// <summary>Each sender's batches, from position 0 on, of no source yet.</summary>
    private static (List<byte[]>[] Requests, long Records, long Bytes) Requests(int mebiBytes)
    {
        List<byte[]>[] requests = [.. Enumerable.Range(0, Senders).Select(_ => new List<byte[]>())];
        (long records, long bytes) = (0, 0);
        Random random = new(1);
        BatchWriter writer = new();
        for (int i = 0; bytes < (long)mebiBytes << 20; i++)
        {
            writer.Start(0);
            long position = 0;
            for (; position < BatchBytes; records++)
            {
                byte[] line = Encoding.UTF8.GetBytes(BeesBench.Line(records, random));
                writer.Add(position, line);
                position += line.Length + 1;
            }
            bytes += position;
            ArrayBufferWriter<byte> kept = new();
            BatchWriter.WriteTo(kept, Header("s", "c", 0, position), writer.RecordBytes, writer.Count);
            requests[i % Senders].Add(kept.WrittenSpan.ToArray());
        }
        return (requests, records, bytes);
    }

    // A source of its own for each repeat, and positions that go on.
    private static IEnumerable<byte[]> Framed(List<byte[]> batches, string source, int sender)
    {
        long from = 0;
        foreach (byte[] bytes in batches)
        {
            if (BatchReading.Read(bytes) is not BatchReading.Whole { Batch: var batch })
                throw new InvalidOperationException("a batch of the bench is none");
            ArrayBufferWriter<byte> frame = new(bytes.Length + 512);
            BatchWriter.WriteTo(frame, Header(source, string.Create(CultureInfo.InvariantCulture, $"sender{sender}"), from, from + batch.Header.To), batch.RecordBytes.Span, batch.Count);
            byte[] packed = new byte[BrotliEncoder.GetMaxCompressedLength(frame.WrittenCount)];
            BrotliEncoder.TryCompress(frame.WrittenSpan, packed, out int length, 1, 18);
            yield return packed[..length];
            from += batch.Header.To;
        }
    }

    private static BatchHeader Header(string source, string channel, long from, long to) => new()
    {
        Agent = "bench",
        Source = source,
        Channel = channel,
        From = from,
        To = to,
        ReadAt = TimeProvider.System.GetUtcNow(),
    };
}
