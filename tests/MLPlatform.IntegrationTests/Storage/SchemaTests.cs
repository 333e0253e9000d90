using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Runs;
using MLPlatform.IntegrationTests.Postgres;
using MLPlatform.Storage;
using MLPlatform.Storage.Access;
using MLPlatform.Storage.Postgres;
using MLPlatform.Storage.Runs;
using MLPlatform.Storage.Sql;
using MLPlatform.Storage.Sqlite;
using Npgsql;
using Xunit;

namespace MLPlatform.IntegrationTests.Storage;

/// <summary>Opening, creating and upgrading the databases.</summary>
public sealed class SchemaTests(PostgresServer server) : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mlp-schema-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_migrations_of_both_databases_are_what_the_model_says()
    {
        using var sqlite = new SqlitePlatformContext(SqlitePlatformContext.Options(new SqliteConnection("Data Source=:memory:")));
        using var postgres = new PostgresPlatformContext(PostgresPlatformContext.Options(new NpgsqlConnection("Host=localhost")));
        Assert.False(sqlite.Database.HasPendingModelChanges());
        Assert.False(postgres.Database.HasPendingModelChanges());
        // If these differ: dotnet ef migrations script --project src/MLPlatform.Storage --context … -o …/Migrations/…/schema.sql
        Assert.Equal(Script(sqlite), SchemaUpgrade.Script(typeof(SqlitePlatformContext)).Trim(), ignoreLineEndingDifferences: true);
        Assert.Equal(Script(postgres), SchemaUpgrade.Script(typeof(PostgresPlatformContext)).Trim(), ignoreLineEndingDifferences: true);
        Assert.Equal(sqlite.Database.GetMigrations(), SchemaUpgrade.Known(typeof(SqlitePlatformContext)));
        Assert.Equal(postgres.Database.GetMigrations(), SchemaUpgrade.Known(typeof(PostgresPlatformContext)));
    }

    [Fact]
    public async Task State_is_there_when_the_file_is_opened_again()
    {
        string file = Path.Combine(_folder, "deep", "er", "mlp.db");
        await using (Database first = Sqlite(file))
        {
            await first.MigrateAsync(Cancel);
            await new RunStore(first).PutPlanAsync("h", "plan"u8.ToArray(), Cancel);
        }
        await using Database again = Sqlite(file);
        await again.MigrateAsync(Cancel);
        Assert.Equal("plan"u8.ToArray(), await new RunStore(again).FindPlanAsync("h", Cancel));
    }

    [Fact]
    public async Task A_database_of_a_newer_version_is_left_alone()
    {
        string file = Path.Combine(_folder, "mlp.db");
        await using (Database ours = Sqlite(file))
        {
            await ours.MigrateAsync(Cancel);
            await ours.ExecuteAsync("INSERT INTO \"__EFMigrationsHistory\" VALUES ($1, $2)", ["29991231000000_Later", "99"], Cancel);
        }
        await using Database older = Sqlite(file);
        Assert.Equal("STORE-011", (await Assert.ThrowsAsync<ActivityException>(() => older.MigrateAsync(Cancel))).Code);
    }

    [Fact]
    public async Task A_file_that_is_no_database_is_refused_in_words()
    {
        string file = Path.Combine(_folder, "mlp.db");
        await File.WriteAllTextAsync(file, new string('x', 5000), Cancel);
        await using Database database = Sqlite(file);
        var refused = await Assert.ThrowsAsync<ActivityException>(() => database.MigrateAsync(Cancel));
        Assert.Equal(("STORE-010", FailureKind.Infrastructure), (refused.Code, refused.Kind));
        Assert.Contains(file, refused.Message, StringComparison.Ordinal);
        Assert.Equal(5000, new FileInfo(file).Length);
    }

    [Fact]
    public async Task Readers_of_sqlite_cannot_write()
    {
        await using Database database = Sqlite(Path.Combine(_folder, "mlp.db"));
        await database.MigrateAsync(Cancel);
        await using SqlSession reader = await database.ReadAsync(Cancel);
        await Assert.ThrowsAsync<SqliteException>(() => reader.ExecuteAsync("DELETE FROM runs", [], Cancel));
    }

    [Fact]
    public async Task Replicas_that_start_together_create_the_schema_once()
    {
        string connection = await server.CreateDatabaseAsync(Cancel);
        Database[] replicas = [.. Enumerable.Range(0, 4).Select(_ => new PostgresDatabase(connection))];
        await Task.WhenAll(replicas.Select(r => Task.Run(() => r.MigrateAsync(Cancel))));
        Assert.Equal(SchemaUpgrade.Known(typeof(PostgresPlatformContext)).Length, await replicas[0].ScalarAsync<long>("SELECT count(*) FROM \"__EFMigrationsHistory\"", [], Cancel));
        foreach (Database replica in replicas)
            await replica.DisposeAsync();
    }

    [Theory]
    [InlineData("Host=127.0.0.1;Port=1;Database=x;Username=x;Timeout=2", "127.0.0.1:1")]
    [InlineData(null, "does not exist")]
    public async Task A_postgres_that_cannot_be_reached_is_told_in_words(string? connection, string expected)
    {
        connection ??= new NpgsqlConnectionStringBuilder(await server.CreateDatabaseAsync(Cancel)) { Database = "nowhere" }.ConnectionString;
        await using var database = new PostgresDatabase(connection);
        var refused = await Assert.ThrowsAsync<ActivityException>(() => database.MigrateAsync(Cancel));
        Assert.Equal("STORE-010", refused.Code);
        Assert.Contains(expected, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(StorageProvider.Postgres, null, "/home", "ConnectionString")]
    [InlineData(StorageProvider.Sqlite, null, "", "Home")]
    [InlineData((StorageProvider)7, null, "/home", "Provider")]
    public void A_bad_setting_is_named(StorageProvider provider, string? connection, string home, string expected)
    {
        var validator = new DataAnnotationValidateOptions<StorageOptions>(null);
        ValidateOptionsResult result = validator.Validate(null, new StorageOptions { Provider = provider, ConnectionString = connection, Home = home });
        Assert.True(result.Failed);
        Assert.Contains($"Storage:{expected}", result.FailureMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_made_by_the_migrations_one_by_one_is_taken_as_it_is()
    {
        string file = Path.Combine(_folder, "mlp.db");
        await using (var context = new SqlitePlatformContext(SqlitePlatformContext.Options(new SqliteConnection($"Data Source={file};Pooling=false"))))
            await context.Database.MigrateAsync(Cancel);
        await using Database database = Sqlite(file);
        await database.MigrateAsync(Cancel);
        Assert.True(await new AccessStore(database).PutIdempotentAsync("k", "{}", Rows.At, Cancel));
    }

    private static string Script(DbContext context) => context.GetService<IMigrator>().GenerateScript().Trim();

    private static SqliteDatabase Sqlite(string file) => new(file, new FakeTimeProvider());
}
