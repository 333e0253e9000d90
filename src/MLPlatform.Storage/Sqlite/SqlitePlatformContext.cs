using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace MLPlatform.Storage.Sqlite;

internal sealed class SqlitePlatformContext(DbContextOptions<SqlitePlatformContext> options) : PlatformContext(options)
{
    public static DbContextOptions<SqlitePlatformContext> Options(SqliteConnection connection) =>
        new DbContextOptionsBuilder<SqlitePlatformContext>().UseSqlite(connection).UseSnakeCaseNamingConvention().Options;

    // Instants are microseconds since 1970 and ids lower-case text, as SqliteDatabase writes them.
    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder)
    {
        configurationBuilder.Properties<DateTimeOffset>().HaveConversion<MicrosecondConverter>();
        configurationBuilder.Properties<Guid>().HaveConversion<GuidToStringConverter>();
    }

    internal sealed class MicrosecondConverter()
        : ValueConverter<DateTimeOffset, long>(t => SqliteDatabase.ToMicroseconds(t), n => SqliteDatabase.FromMicroseconds(n));

    internal sealed class DesignTimeFactory : IDesignTimeDbContextFactory<SqlitePlatformContext>
    {
        public SqlitePlatformContext CreateDbContext(string[] args) => new(Options(new SqliteConnection("Data Source=:memory:")));
    }
}
