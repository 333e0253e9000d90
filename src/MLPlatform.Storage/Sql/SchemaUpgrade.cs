using System.Data.Common;
using System.Reflection;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Runs;

namespace MLPlatform.Storage.Sql;

/// <summary>
/// Brings a schema up to date. EF Core, which takes most of a second to wake, is asked only to upgrade an older
/// database; a new one is made from the script of all migrations.
/// </summary>
internal static class SchemaUpgrade
{
    /// <param name="connection">Open.</param>
    /// <param name="name">What to call the database in an error.</param>
    public static async Task BringUpToDateAsync<TContext>(
        DbConnection connection, string name, Func<TContext> context, CancellationToken cancel)
        where TContext : PlatformContext
    {
        string[] ours = Known(typeof(TContext));
        string? newest = await NewestAppliedAsync(connection, cancel);
        if (newest == ours[^1])
            return;
        if (newest is not null && string.CompareOrdinal(newest, ours[^1]) > 0)
            throw new ActivityException("STORE-011", $"The database '{name}' was made by a newer version of the platform (its schema is {newest}, "
                + $"this version knows {ours[^1]}). Start that version, or restore a backup from before the upgrade.", FailureKind.Infrastructure);
        if (newest is null)
        {
            await CreateAsync(connection, typeof(TContext), cancel);
            return;
        }
        await using TContext database = context();
        await database.Database.MigrateAsync(cancel);
    }

    /// <summary>The script of all migrations of a context, as <c>dotnet ef migrations script</c> writes it.</summary>
    public static string Script(Type context)
    {
        using Stream resource = typeof(SchemaUpgrade).Assembly.GetManifestResourceStream(context.Name + ".sql")!;
        using var reader = new StreamReader(resource);
        return reader.ReadToEnd();
    }

    private static async Task CreateAsync(DbConnection connection, Type context, CancellationToken cancel)
    {
        await using DbCommand command = connection.CreateCommand();
        command.CommandText = Script(context);
        await command.ExecuteNonQueryAsync(cancel);
    }

    /// <summary>The ids of a context's migrations, oldest first.</summary>
    public static string[] Known(Type context) =>
        [.. typeof(PlatformContext).Assembly.GetTypes()
            .Where(t => t.GetCustomAttribute<DbContextAttribute>()?.ContextType == context)
            .Select(t => t.GetCustomAttribute<MigrationAttribute>()?.Id)
            .OfType<string>()
            .Order(StringComparer.Ordinal)];

    private static async Task<string?> NewestAppliedAsync(DbConnection connection, CancellationToken cancel)
    {
        await using DbCommand command = connection.CreateCommand();
        command.CommandText = """SELECT max(migration_id) FROM "__EFMigrationsHistory" """;
        try
        {
            return await command.ExecuteScalarAsync(cancel) as string;
        }
        catch (DbException e) when (e.SqlState == "42P01" || e.Message.Contains("no such table", StringComparison.Ordinal))
        {
            return null; // A new database.
        }
    }
}
