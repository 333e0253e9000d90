using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace MLPlatform.Storage.Migrations.Postgres
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
                    run = table.Column<Guid>(type: "uuid", nullable: false),
                    node = table.Column<int>(type: "integer", nullable: false),
                    number = table.Column<int>(type: "integer", nullable: false),
                    replica = table.Column<string>(type: "text", nullable: false),
                    pool = table.Column<string>(type: "text", nullable: false),
                    machine = table.Column<string>(type: "text", nullable: false),
                    group_name = table.Column<string>(type: "text", nullable: false),
                    person = table.Column<string>(type: "text", nullable: false),
                    pipeline = table.Column<string>(type: "text", nullable: false),
                    milli_cpu = table.Column<long>(type: "bigint", nullable: false),
                    memory_bytes = table.Column<long>(type: "bigint", nullable: false),
                    milli_gpu = table.Column<long>(type: "bigint", nullable: false),
                    devices = table.Column<string>(type: "text", nullable: false),
                    priority = table.Column<int>(type: "integer", nullable: false),
                    preemptible = table.Column<bool>(type: "boolean", nullable: false),
                    borrowed = table.Column<bool>(type: "boolean", nullable: false),
                    since = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    ended_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_allocations", x => new { x.run, x.node, x.number });
                });

            migrationBuilder.CreateTable(
                name: "machines",
                columns: table => new
                {
                    replica = table.Column<string>(type: "text", nullable: false),
                    name = table.Column<string>(type: "text", nullable: false),
                    milli_cpu = table.Column<long>(type: "bigint", nullable: false),
                    memory_bytes = table.Column<long>(type: "bigint", nullable: false),
                    gpus_json = table.Column<string>(type: "text", nullable: false),
                    labels_json = table.Column<string>(type: "text", nullable: false),
                    seen_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_machines", x => x.replica);
                });

            migrationBuilder.CreateTable(
                name: "pool_promotions",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    pipeline = table.Column<string>(type: "text", nullable: false),
                    from_pool = table.Column<string>(type: "text", nullable: false),
                    to_pool = table.Column<string>(type: "text", nullable: false),
                    state = table.Column<string>(type: "text", nullable: false),
                    reasons = table.Column<string>(type: "text", nullable: false),
                    proposed_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    decided_by = table.Column<string>(type: "text", nullable: true),
                    decided_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_pool_promotions", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "quota_expansions",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    group_name = table.Column<string>(type: "text", nullable: false),
                    pool = table.Column<string>(type: "text", nullable: false),
                    milli_cpu = table.Column<long>(type: "bigint", nullable: false),
                    memory_bytes = table.Column<long>(type: "bigint", nullable: false),
                    milli_gpu = table.Column<long>(type: "bigint", nullable: false),
                    from_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    until_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    reason = table.Column<string>(type: "text", nullable: false),
                    approver = table.Column<string>(type: "text", nullable: false),
                    source = table.Column<string>(type: "text", nullable: true),
                    created_by = table.Column<string>(type: "text", nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    ended_by = table.Column<string>(type: "text", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_quota_expansions", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "resources_versions",
                columns: table => new
                {
                    version = table.Column<int>(type: "integer", nullable: false),
                    json = table.Column<string>(type: "text", nullable: false),
                    applied_by = table.Column<string>(type: "text", nullable: false),
                    applied_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
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
