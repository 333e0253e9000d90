using MLPlatform.Core.Access;
using MLPlatform.Core.Activities;
using Xunit;

namespace MLPlatform.IntegrationTests.Storage;

/// <summary>What every database promises of tokens, the audit trail and idempotency keys.</summary>
public abstract class AccessConformance(Stores stores)
{
    private readonly string _name = "token-" + Guid.NewGuid();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Role.Viewer)]
    [InlineData(Role.Editor)]
    [InlineData(Role.Admin)]
    public async Task A_token_is_found_by_its_secret_until_it_is_revoked(Role role)
    {
        var token = new ApiToken(_name, role, Rows.At, null);
        await stores.Access.AddTokenAsync(_name, "hash-" + _name, role, Rows.At, Cancel);
        Assert.Equal(token, await stores.Access.FindTokenAsync("hash-" + _name, Cancel));
        Assert.Null(await stores.Access.FindTokenAsync("other", Cancel));
        Assert.True(await stores.Access.RevokeTokenAsync(_name, Rows.At.AddDays(1), Cancel));
        Assert.False(await stores.Access.RevokeTokenAsync(_name, Rows.At.AddDays(2), Cancel));
        Assert.Null(await stores.Access.FindTokenAsync("hash-" + _name, Cancel));
        Assert.Contains(token with { RevokedAt = Rows.At.AddDays(1) }, await stores.Access.ListTokensAsync(Cancel));
    }

    [Fact]
    public async Task A_name_is_taken_once_even_when_it_was_revoked()
    {
        await stores.Access.AddTokenAsync(_name, "first" + _name, Role.Viewer, Rows.At, Cancel);
        await stores.Access.RevokeTokenAsync(_name, Rows.At, Cancel);
        var refused = await Assert.ThrowsAsync<ActivityException>(() => stores.Access.AddTokenAsync(_name, "second" + _name, Role.Admin, Rows.At, Cancel));
        Assert.Equal("STORE-007", refused.Code);
        Assert.Null(await stores.Access.FindTokenAsync("second" + _name, Cancel));
    }

    [Fact]
    public async Task The_audit_trail_pages_newest_first()
    {
        for (int i = 0; i < 5; i++)
            await stores.Access.AuditAsync(new AuditEntry(0, Rows.At.AddSeconds(i), _name, "run.cancel", $"{i}", i == 0 ? null : """{"why":"x"}"""), Cancel);
        List<AuditEntry> read = [];
        for (long? before = null; ;)
        {
            IReadOnlyList<AuditEntry> page = await stores.Access.ListAuditAsync(before, 2, Cancel);
            read.AddRange(page.Where(e => e.By == _name));
            if (page.Count < 2)
                break;
            before = page[^1].Id;
        }
        Assert.Equal(["4", "3", "2", "1", "0"], read.Select(e => e.Subject));
        Assert.Equal(new AuditEntry(read[4].Id, Rows.At, _name, "run.cancel", "0", null), read[4]);
    }

    [Fact]
    public async Task Of_many_answers_for_one_key_the_first_is_kept()
    {
        Assert.Null(await stores.Access.FindIdempotentAsync(_name, Cancel));
        bool[] kept = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => Task.Run(() => stores.Access.PutIdempotentAsync(_name, $"{i}", Rows.At, Cancel))));
        int first = Assert.Single(Enumerable.Range(0, 16), i => kept[i]);
        Assert.Equal($"{first}", await stores.Access.FindIdempotentAsync(_name, Cancel));
    }
}

public sealed class SqliteAccessTests(SqliteStores stores) : AccessConformance(stores), IClassFixture<SqliteStores>;

public sealed class PostgresAccessTests(PostgresStores stores) : AccessConformance(stores), IClassFixture<PostgresStores>;
