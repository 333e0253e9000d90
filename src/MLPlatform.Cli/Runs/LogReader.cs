using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using MLPlatform.Cli.Connection;
using MLPlatform.Server.Describe;
using MLPlatform.Server.Runs;

namespace MLPlatform.Cli.Runs;

/// <summary>Reads the log of an attempt from a server, piece by piece.</summary>
/// <param name="path">Where it is.</param>
/// <param name="attempt">The attempt's number; null for the last one.</param>
internal sealed class LogReader(PlatformClient client, string path, int? attempt)
{
    private string Attempt => attempt is { } number ? $"&attempt={number}" : "";

    /// <summary>Copies all of it, or its last lines; returns the last piece.</summary>
    public async Task<LogView> CopyAsync(int? tail, TextWriter to, CancellationToken cancel)
    {
        if (tail is { } lines)
        {
            LogView end = await client.GetAsync<LogView>($"{path}?tail={lines}{Attempt}", cancel);
            await to.WriteLineAsync(end.Text.AsMemory(), cancel);
            return end;
        }
        long offset = 0;
        while (true)
        {
            LogView piece = await client.GetAsync<LogView>($"{path}?limit=1048576&offset={offset}{Attempt}", cancel);
            await to.WriteAsync(piece.Text.AsMemory(), cancel);
            if (piece.Next == offset)
                return piece;
            offset = piece.Next;
        }
    }

    /// <summary>Prints it as it grows, from its beginning or its last lines on.</summary>
    public async Task FollowAsync(int? tail, CancellationToken cancel)
    {
        long offset = tail is null ? 0 : (await CopyAsync(tail, Console.Out, cancel)).Next;
        await foreach (SseItem<string> item in client.StreamAsync($"{path}/stream?offset={offset}{Attempt}", cancel))
        {
            if (item.EventType == "log")
                Console.Write(JsonElement.Parse(item.Data).GetProperty("text").GetString());
        }
    }

    /// <summary>The lines that hold a text or match an expression.</summary>
    public async IAsyncEnumerable<LogMatchView> SearchAsync(string text, bool regex, [EnumeratorCancellation] CancellationToken cancel)
    {
        string query = $"{path}/search?limit=1000&text={Uri.EscapeDataString(text)}&regex={(regex ? "true" : "false")}{Attempt}";
        for ((long offset, long line) = (0, 1); ;)
        {
            LogSearchView found = await client.GetAsync<LogSearchView>($"{query}&offset={offset}&line={line}", cancel);
            foreach (LogMatchView match in found.Matches)
                yield return match;
            if (found.Skipped > 0)
                Console.Error.WriteLine($"{found.Skipped} lines before line {found.NextLine} took too long to match and were passed over.");
            if (!found.More)
                yield break;
            (offset, line) = (found.Next, found.NextLine);
        }
    }

    /// <summary>The last so many of them.</summary>
    public async Task<List<LogMatchView>> LastAsync(string text, bool regex, int last, CancellationToken cancel)
    {
        List<LogMatchView> all = [];
        for (string offset = ""; all.Count < last;)
        {
            LogSearchView found = await client.GetAsync<LogSearchView>(
                $"{path}/search?last=true&limit={Math.Min(1000, last - all.Count)}&text={Uri.EscapeDataString(text)}&regex={(regex ? "true" : "false")}{offset}{Attempt}", cancel);
            all.InsertRange(0, found.Matches);
            if (!found.More)
                break;
            offset = $"&offset={found.Next}";
        }
        return all;
    }

    /// <summary>The same as the log grows.</summary>
    public async IAsyncEnumerable<LogMatchView> FollowAsync(string text, bool regex, [EnumeratorCancellation] CancellationToken cancel)
    {
        string query = $"{path}/stream?search={Uri.EscapeDataString(text)}&regex={(regex ? "true" : "false")}{Attempt}";
        await foreach (SseItem<string> item in client.StreamAsync(query, cancel))
        {
            if (item.EventType == "match")
                yield return JsonSerializer.Deserialize<LogMatchView>(item.Data, JsonSetup.ClientOptions)!;
        }
    }

    /// <summary>What it tells of an error.</summary>
    public Task<LogErrorView> ErrorsAsync(CancellationToken cancel) => client.GetAsync<LogErrorView>($"{path}/errors{(attempt is { } number ? $"?attempt={number}" : "")}", cancel);
}
