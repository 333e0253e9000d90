using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;
using MLPlatform.Storage.Experiments;
using MLPlatform.Storage.Triggers;
using Npgsql;

namespace MLPlatform.Storage.Postgres;

internal sealed class PostgresPlatformContext(DbContextOptions<PostgresPlatformContext> options) : PlatformContext(options)
{
    public static DbContextOptions<PostgresPlatformContext> Options(NpgsqlConnection connection) =>
        new DbContextOptionsBuilder<PostgresPlatformContext>().UseNpgsql(connection).UseSnakeCaseNamingConvention().Options;

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        base.OnModelCreating(modelBuilder);
        // Instants are compared as text; the database's own language must not decide which is the last.
        modelBuilder.Entity<TriggerClaimTable>().Property(c => c.Instant).UseCollation("C");
        // Folders are ranges of paths, and ranges follow the order of bytes.
        modelBuilder.Entity<TrackedFileTable>().Property(f => f.Path).UseCollation("C");
    }

    internal sealed class DesignTimeFactory : IDesignTimeDbContextFactory<PostgresPlatformContext>
    {
        public PostgresPlatformContext CreateDbContext(string[] args) => new(Options(new NpgsqlConnection("Host=localhost;Database=design")));
    }
}
