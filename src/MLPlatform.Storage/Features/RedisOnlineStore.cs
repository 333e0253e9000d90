using System.Text.Json;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Features;
using StackExchange.Redis;

namespace MLPlatform.Storage.Features;

/// <summary>
/// The online store in Redis. Each publication is a hash under a name of its own, and one field says which is current;
/// scripts swap and read, and Redis runs one script at a time. What an attempt left behind expires after a day.
/// </summary>
internal sealed class RedisOnlineStore(string connectionString, TimeProvider time) : IOnlineStore, IAsyncDisposable
{
    private const string Groups = "mlp:features:groups";

    // The field of the version holds the publication with the name of its hash; an older instant never takes the place of a later one.
    private const string Swap = """
        local there = redis.call('HGET', KEYS[1], ARGV[1])
        if there then
          local p = cjson.decode(there)
          if p.table == ARGV[4] and p.asOf == ARGV[3] then redis.call('UNLINK', KEYS[2]) return 1 end
          if p.asOf > ARGV[3] then redis.call('UNLINK', KEYS[2]) return 2 end
          redis.call('UNLINK', p.values)
        end
        redis.call('PERSIST', KEYS[2])
        redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
        redis.call('SADD', KEYS[3], ARGV[5])
        return 0
        """;

    private const string Read = """
        local there = redis.call('HGET', KEYS[1], ARGV[1])
        if not there then return {} end
        local result = { there }
        local values = cjson.decode(there).values
        for i = 2, #ARGV do result[i] = redis.call('HGET', values, ARGV[i]) end
        return result
        """;

    private readonly Lazy<Task<ConnectionMultiplexer>> _redis = new(() => ConnectAsync(connectionString));

    public async Task<SwapResult> PublishAsync(OnlinePublication publication, IAsyncEnumerable<IReadOnlyList<OnlineRow>> batches, CancellationToken cancel)
    {
        IDatabase redis = await DatabaseAsync();
        if (await FindAsync(publication.Group, publication.Version, cancel) is { } there && OnlineOrder.Judge(there, publication) is { } settled)
            return settled;
        string values = $"mlp:features:{{{publication.Group}}}:{publication.Version}:{Guid.CreateVersion7(time.GetUtcNow()):N}";
        await foreach (IReadOnlyList<OnlineRow> batch in batches.WithCancellation(cancel))
        {
            await redis.HashSetAsync(values, [.. batch.Select(r => new HashEntry(r.Key, $"{r.EventTime} {r.Values}"))]);
            await redis.KeyExpireAsync(values, TimeSpan.FromDays(1));
        }
        Stored stored = new(publication.Table, Text(publication.AsOf), publication.GroupJson, publication.Entities, time.GetUtcNow(), values);
        RedisResult swapped = await redis.ScriptEvaluateAsync(Swap, [Versions(publication.Group), values, Groups],
            [publication.Version, JsonSerializer.Serialize(stored, ActivityJson.Options), stored.AsOf, stored.Table, publication.Group]);
        return (int)swapped switch { 1 => SwapResult.AlreadyThere, 2 => SwapResult.Older, _ => SwapResult.Published };
    }

    public async Task<IReadOnlyList<OnlinePublication>> ListAsync(CancellationToken cancel)
    {
        IDatabase redis = await DatabaseAsync();
        List<OnlinePublication> all = [];
        foreach (RedisValue group in (await redis.SetMembersAsync(Groups)).OrderBy(g => (string)g!, StringComparer.Ordinal))
        {
            HashEntry[] versions = await redis.HashGetAllAsync(Versions(group!));
            all.AddRange(versions.Select(v => Publication(group!, (int)v.Name, v.Value!)).OrderBy(p => p.Version));
        }
        return all;
    }

    public async Task<OnlinePublication?> FindAsync(string group, int? version, CancellationToken cancel) => (await ReadAsync(group, version, [], cancel))?.Publication;

    public async Task<OnlineRead?> ReadAsync(string group, int? version, IReadOnlyList<string> keys, CancellationToken cancel)
    {
        IDatabase redis = await DatabaseAsync();
        int? wanted = version ?? await NewestAsync(redis, group);
        if (wanted is null)
            return null;
        RedisValue[] found = (RedisValue[])(await redis.ScriptEvaluateAsync(Read, [Versions(group)],
            [wanted.Value, .. keys.Select(k => (RedisValue)k)]))!;
        if (found.Length == 0)
            return null;
        return new OnlineRead(Publication(group, wanted.Value, found[0]!), [.. keys.Select((key, i) => Row(key, i + 1 < found.Length ? found[i + 1] : RedisValue.Null))]);
    }

    public async ValueTask DisposeAsync()
    {
        if (_redis.IsValueCreated)
            await (await _redis.Value).DisposeAsync();
    }

    private static async Task<ConnectionMultiplexer> ConnectAsync(string connectionString) => await ConnectionMultiplexer.ConnectAsync(connectionString);

    private async Task<IDatabase> DatabaseAsync() => (await _redis.Value).GetDatabase();

    private static async Task<int?> NewestAsync(IDatabase redis, string group)
    {
        RedisValue[] versions = await redis.HashKeysAsync(Versions(group));
        return versions.Length == 0 ? null : versions.Max(v => (int)v);
    }

    private static RedisKey Versions(string group) => $"mlp:features:{{{group}}}:versions";

    private static OnlineRow? Row(string key, RedisValue stored)
    {
        if (stored.IsNull)
            return null;
        string text = stored!;
        int cut = text.IndexOf(' ', StringComparison.Ordinal);
        return new OnlineRow(key, long.Parse(text.AsSpan(0, cut), System.Globalization.CultureInfo.InvariantCulture), text[(cut + 1)..]);
    }

    private static OnlinePublication Publication(string group, int version, string json)
    {
        Stored stored = JsonSerializer.Deserialize<Stored>(json, ActivityJson.Options)!;
        return new OnlinePublication(group, version, stored.Table, Instant(stored.AsOf), stored.GroupJson, stored.Entities, stored.PublishedAt);
    }

    // Of one length, so that the script may compare them as texts: numbers of a script are doubles and would lose digits.
    private static string Text(DateTimeOffset instant) => instant.UtcTicks.ToString("D19", System.Globalization.CultureInfo.InvariantCulture);

    private static DateTimeOffset Instant(string ticks) => new(long.Parse(ticks, System.Globalization.CultureInfo.InvariantCulture), TimeSpan.Zero);

    private sealed record Stored(string Table, string AsOf, string GroupJson, long Entities, DateTimeOffset PublishedAt, string Values);
}
