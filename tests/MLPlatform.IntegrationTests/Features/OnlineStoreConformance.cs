using Microsoft.Extensions.Time.Testing;
using MLPlatform.Core.Features;
using MLPlatform.IntegrationTests.Postgres;
using MLPlatform.Storage.Features;
using Xunit;

namespace MLPlatform.IntegrationTests.Features;

/// <summary>What every online store promises.</summary>
public abstract class OnlineStoreConformance : IAsyncLifetime
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private readonly string _group = "group-" + Guid.NewGuid();
    private readonly string _home = Directory.CreateTempSubdirectory("mlp-online-").FullName;
    private IOnlineStore _store = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    protected abstract Task<OnlineFeatureOptions> OptionsAsync();

    public async ValueTask InitializeAsync() => _store = await OpenAsync();

    public async ValueTask DisposeAsync()
    {
        await ((IAsyncDisposable)_store).DisposeAsync();
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Directory.Delete(_home, recursive: true);
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task What_is_published_is_read_as_it_was_written()
    {
        Assert.Null(await _store.FindAsync(_group, null, Cancel));
        Assert.Null(await _store.ReadAsync(_group, 1, ["[\"a\"]"], Cancel));
        OnlineRow odd = new("[\"a'\\\"\u0001é\U0001F600\",-9223372036854775808]", long.MinValue, "[0.1,-0,1e-320,9223372036854775807,\"x y\",null,true]");
        Assert.Equal(SwapResult.Published, await PublishAsync("t1", Noon, 1, odd, Row("[\"b\",1]", "[2]")));
        OnlineRead read = (await _store.ReadAsync(_group, null, ["[\"b\",1]", "[\"nobody\",1]", odd.Key, odd.Key], Cancel))!;
        Assert.Equal([Row("[\"b\",1]", "[2]"), null, odd, odd], read.Rows);
        Assert.Equal(("t1", 1, Noon, 2L, "{\"id\":\"g\"}"), (read.Publication.Table, read.Publication.Version, read.Publication.AsOf, read.Publication.Entities, read.Publication.GroupJson));
        Assert.Equal(read.Publication, await _store.FindAsync(_group, 1, Cancel));
        Assert.Contains(read.Publication, await _store.ListAsync(Cancel));
    }

    [Fact]
    public async Task Publishing_again_changes_nothing_and_an_older_instant_never_wins()
    {
        await PublishAsync("t1", Noon, 1, Row("[1]", "[1]"));
        OnlinePublication first = (await _store.FindAsync(_group, 1, Cancel))!;
        Assert.Equal(SwapResult.AlreadyThere, await PublishAsync("t1", Noon, 1, Row("[1]", "[999]")));
        Assert.Equal(SwapResult.Older, await PublishAsync("t0", Noon.AddTicks(-1), 1, Row("[1]", "[0]")));
        Assert.Equal(first, await _store.FindAsync(_group, 1, Cancel));
        Assert.Equal(SwapResult.Published, await PublishAsync("t2", Noon.AddTicks(1), 1, Row("[2]", "[2]")));
        // An entity that is not in the new one is unknown, not left over.
        Assert.Equal([null, Row("[2]", "[2]")], (await _store.ReadAsync(_group, 1, ["[1]", "[2]"], Cancel))!.Rows);
    }

    [Fact]
    public async Task Versions_stand_side_by_side_and_the_newest_is_read_unless_one_is_named()
    {
        await PublishAsync("t2", Noon, 10, Row("[1]", "[10]"));
        await PublishAsync("t1", Noon.AddDays(1), 9, Row("[1]", "[9]"));
        Assert.Equal("[10]", (await _store.ReadAsync(_group, null, ["[1]"], Cancel))!.Rows[0]!.Values);
        Assert.Equal("[9]", (await _store.ReadAsync(_group, 9, ["[1]"], Cancel))!.Rows[0]!.Values);
        Assert.Null(await _store.ReadAsync(_group, 8, ["[1]"], Cancel));
    }

    [Fact]
    public async Task A_publication_that_breaks_off_is_never_seen_and_the_next_one_takes_its_place()
    {
        await PublishAsync("t1", Noon, 1, Row("[1]", "[1]"));
        await Assert.ThrowsAsync<IOException>(() => _store.PublishAsync(Publication("t2", Noon.AddDays(1), 1, 2), BreakingOff(), Cancel));
        Assert.Equal("t1", (await _store.FindAsync(_group, 1, Cancel))!.Table);
        Assert.Equal([Row("[1]", "[1]"), null], (await _store.ReadAsync(_group, 1, ["[1]", "[2]"], Cancel))!.Rows);
        Assert.Equal(SwapResult.Published, await PublishAsync("t2", Noon.AddDays(1), 1, Row("[2]", "[2]")));
        Assert.Equal([null, Row("[2]", "[2]")], (await _store.ReadAsync(_group, 1, ["[1]", "[2]"], Cancel))!.Rows);
    }

    [Fact]
    public async Task Readers_see_all_of_one_publication_while_others_are_swapped_in()
    {
        string[] keys = [.. Enumerable.Range(0, 50).Select(i => $"[{i}]")];
        await PublishAsync("t0", Noon, 1, [.. keys.Select(k => Row(k, "[0]"))]);
        using CancellationTokenSource done = new();
        Task<int>[] readers = [.. Enumerable.Range(0, 3).Select(_ => Task.Run(async () =>
        {
            int reads = 0;
            for (; !done.IsCancellationRequested || reads == 0; reads++)
            {
                OnlineRead read = (await _store.ReadAsync(_group, 1, keys, Cancel))!;
                string expected = $"[{read.Publication.Table[1..]}]";
                Assert.All(read.Rows, r => Assert.Equal(expected, r?.Values));
            }
            return reads;
        }))];
        for (int i = 1; i <= 15; i++)
            Assert.Equal(SwapResult.Published, await PublishAsync($"t{i}", Noon.AddMinutes(i), 1, [.. keys.Select(k => Row(k, $"[{i}]"))]));
        await done.CancelAsync();
        Assert.All(await Task.WhenAll(readers), reads => Assert.True(reads > 0));
    }

    [Fact]
    public async Task Of_many_that_publish_at_once_the_latest_instant_wins()
    {
        await Task.WhenAll(Enumerable.Range(0, 12).Select(i => Task.Run(() => PublishAsync($"t{i}", Noon.AddMinutes(i), 1, Row("[1]", $"[{i}]")))));
        Assert.Equal("[11]", (await _store.ReadAsync(_group, 1, ["[1]"], Cancel))!.Rows[0]!.Values);
    }

    [Fact]
    public async Task What_is_published_is_there_when_the_store_is_opened_again()
    {
        await PublishAsync("t1", Noon, 1, Row("[1]", "[1]"));
        IOnlineStore again = await OpenAsync();
        await using IAsyncDisposable end = (IAsyncDisposable)again;
        Assert.Equal("[1]", (await again.ReadAsync(_group, null, ["[1]"], Cancel))!.Rows[0]!.Values);
    }

    private async Task<IOnlineStore> OpenAsync() => OnlineFeatureRegistration.Make(await OptionsAsync(), _home, new FakeTimeProvider(Noon));

    private Task<SwapResult> PublishAsync(string table, DateTimeOffset asOf, int version, params OnlineRow[] rows) =>
        _store.PublishAsync(Publication(table, asOf, version, rows.Length), Batches(rows), Cancel);

    private OnlinePublication Publication(string table, DateTimeOffset asOf, int version, long entities) => new(_group, version, table, asOf, "{\"id\":\"g\"}", entities, Noon);

    private static OnlineRow Row(string key, string values) => new(key, 5, values);

    private static async IAsyncEnumerable<IReadOnlyList<OnlineRow>> Batches(OnlineRow[] rows)
    {
        foreach (OnlineRow[] batch in rows.Chunk(20))
        {
            await Task.Yield();
            yield return batch;
        }
    }

    private static async IAsyncEnumerable<IReadOnlyList<OnlineRow>> BreakingOff()
    {
        await Task.Yield();
        yield return [Row("[1]", "[7]"), Row("[2]", "[7]")];
        throw new IOException("the source broke off");
    }
}

public sealed class SqliteOnlineStoreTests : OnlineStoreConformance
{
    protected override Task<OnlineFeatureOptions> OptionsAsync() => Task.FromResult(new OnlineFeatureOptions());
}

public sealed class PostgresOnlineStoreTests(PostgresServer server) : OnlineStoreConformance
{
    private string? _connection;

    protected override async Task<OnlineFeatureOptions> OptionsAsync() => new()
    {
        Provider = OnlineFeatureProvider.Postgres,
        ConnectionString = _connection ??= await server.CreateDatabaseAsync(TestContext.Current.CancellationToken),
    };
}

public sealed class RedisOnlineStoreTests(RedisServer server) : OnlineStoreConformance
{
    protected override async Task<OnlineFeatureOptions> OptionsAsync() =>
        new() { Provider = OnlineFeatureProvider.Redis, ConnectionString = await server.ConnectionStringAsync() };
}
