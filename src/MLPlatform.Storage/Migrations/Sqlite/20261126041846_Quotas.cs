using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace MLPlatform.Storage.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class Quotas : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "allocations",
                columns: table => new
                {
                    run = table.Column<string>(type: "TEXT", nullable: false),
                    node = table.Column<int>(type: "INTEGER", nullable: false),
                    number = table.Column<int>(type: "INTEGER", nullable: false),
                    replica = table.Column<string>(type: "TEXT", nullable: false),
                    pool = table.Column<string>(type: "TEXT", nullable: false),
                    machine = table.Column<string>(type: "TEXT", nullable: false),
                    group_name = table.Column<string>(type: "TEXT", nullable: false),
                    person = table.Column<string>(type: "TEXT", nullable: false),
                    pipeline = table.Column<string>(type: "TEXT", nullable: false),
                    milli_cpu = table.Column<long>(type: "INTEGER", nullable: false),
                    memory_bytes = table.Column<long>(type: "INTEGER", nullable: false),
                    milli_gpu = table.Column<long>(type: "INTEGER", nullable: false),
                    devices = table.Column<string>(type: "TEXT", nullable: false),
                    priority = table.Column<int>(type: "INTEGER", nullable: false),
                    preemptible = table.Column<bool>(type: "INTEGER", nullable: false),
                    borrowed = table.Column<bool>(type: "INTEGER", nullable: false),
                    since = table.Column<long>(type: "INTEGER", nullable: false),
                    ended_at = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_allocations", x => new { x.run, x.node, x.number });
                });

            migrationBuilder.CreateTable(
                name: "machines",
                columns: table => new
                {
                    replica = table.Column<string>(type: "TEXT", nullable: false),
                    name = table.Column<string>(type: "TEXT", nullable: false),
                    milli_cpu = table.Column<long>(type: "INTEGER", nullable: false),
                    memory_bytes = table.Column<long>(type: "INTEGER", nullable: false),
                    gpus_json = table.Column<string>(type: "TEXT", nullable: false),
                    labels_json = table.Column<string>(type: "TEXT", nullable: false),
                    seen_at = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_machines", x => x.replica);
                });

            migrationBuilder.CreateTable(
                name: "pool_promotions",
                columns: table => new
                {
                    id = table.Column<string>(type: "TEXT", nullable: false),
                    pipeline = table.Column<string>(type: "TEXT", nullable: false),
                    from_pool = table.Column<string>(type: "TEXT", nullable: false),
                    to_pool = table.Column<string>(type: "TEXT", nullable: false),
                    state = table.Column<string>(type: "TEXT", nullable: false),
                    reasons = table.Column<string>(type: "TEXT", nullable: false),
                    proposed_at = table.Column<long>(type: "INTEGER", nullable: false),
                    decided_by = table.Column<string>(type: "TEXT", nullable: true),
                    decided_at = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_pool_promotions", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "quota_expansions",
                columns: table => new
                {
                    id = table.Column<string>(type: "TEXT", nullable: false),
                    group_name = table.Column<string>(type: "TEXT", nullable: false),
                    pool = table.Column<string>(type: "TEXT", nullable: false),
                    milli_cpu = table.Column<long>(type: "INTEGER", nullable: false),
                    memory_bytes = table.Column<long>(type: "INTEGER", nullable: false),
                    milli_gpu = table.Column<long>(type: "INTEGER", nullable: false),
                    from_at = table.Column<long>(type: "INTEGER", nullable: false),
                    until_at = table.Column<long>(type: "INTEGER", nullable: false),
                    reason = table.Column<string>(type: "TEXT", nullable: false),
                    approver = table.Column<string>(type: "TEXT", nullable: false),
                    source = table.Column<string>(type: "TEXT", nullable: true),
                    created_by = table.Column<string>(type: "TEXT", nullable: false),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false),
                    ended_by = table.Column<string>(type: "TEXT", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_quota_expansions", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "resources_versions",
                columns: table => new
                {
                    version = table.Column<int>(type: "INTEGER", nullable: false),
                    json = table.Column<string>(type: "TEXT", nullable: false),
                    applied_by = table.Column<string>(type: "TEXT", nullable: false),
                    applied_at = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_resources_versions", x => x.version);
                });

            migrationBuilder.CreateIndex(
                name: "ix_allocations_ended_at",
                table: "allocations",
                column: "ended_at");

            migrationBuilder.CreateIndex(
                name: "ix_allocations_replica",
                table: "allocations",
                column: "replica",
                filter: "ended_at IS NULL");

            migrationBuilder.CreateIndex(
                name: "ix_pool_promotions_pipeline_proposed_at",
                table: "pool_promotions",
                columns: new[] { "pipeline", "proposed_at" });

            migrationBuilder.CreateIndex(
                name: "ix_quota_expansions_until_at",
                table: "quota_expansions",
                column: "until_at");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "allocations");

            migrationBuilder.DropTable(
                name: "machines");

            migrationBuilder.DropTable(
                name: "pool_promotions");

            migrationBuilder.DropTable(
                name: "quota_expansions");

            migrationBuilder.DropTable(
                name: "resources_versions");
        }
    }
}
