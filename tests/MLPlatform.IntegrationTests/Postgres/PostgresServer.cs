using MLPlatform.IntegrationTests.Postgres;
using MLPlatform.Storage.Postgres;
using Xunit;

[assembly: AssemblyFixture(typeof(PostgresServer))]

namespace MLPlatform.IntegrationTests.Postgres;

/// <summary>One real PostgreSQL server for all tests, started when the first one asks; a database for each that asks.</summary>
public sealed class PostgresServer : IAsyncDisposable
{
    private readonly Lazy<Task<PrivatePostgres>> _server = new(() => PrivatePostgres.StartAsync(durable: false, CancellationToken.None));
    private int _databases;

    /// <summary>Makes an empty database and returns its connection string; skips the test where PostgreSQL is not installed.</summary>
    public async Task<string> CreateDatabaseAsync(CancellationToken cancel)
    {
        Assert.SkipUnless(PrivatePostgres.IsInstalled, "PostgreSQL is not installed (Debian package 'postgresql')");
        PrivatePostgres server = await _server.Value;
        return await server.CreateDatabaseAsync($"test_{Interlocked.Increment(ref _databases)}", cancel);
    }

    public async ValueTask DisposeAsync()
    {
        if (_server.IsValueCreated)
            await (await _server.Value).DisposeAsync();
    }
}
