using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace MLPlatform.Storage.Migrations.Postgres
{
    /// <inheritdoc />
    public partial class OpenLineage : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "openlineage_edges",
                columns: table => new
                {
                    job_namespace = table.Column<string>(type: "text", nullable: false),
                    job_name = table.Column<string>(type: "text", nullable: false),
                    written = table.Column<bool>(type: "boolean", nullable: false),
                    @namespace = table.Column<string>(name: "namespace", type: "text", nullable: false),
                    name = table.Column<string>(type: "text", nullable: false),
                    seen_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_openlineage_edges", x => new { x.job_namespace, x.job_name, x.written, x.@namespace, x.name });
                });

            migrationBuilder.CreateTable(
                name: "openlineage_events",
                columns: table => new
                {
                    id = table.Column<string>(type: "text", nullable: false),
                    event_time = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    event_type = table.Column<string>(type: "text", nullable: true),
                    run = table.Column<Guid>(type: "uuid", nullable: true),
                    job_namespace = table.Column<string>(type: "text", nullable: false),
                    job_name = table.Column<string>(type: "text", nullable: false),
                    json = table.Column<string>(type: "text", nullable: false),
                    received_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_openlineage_events", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "openlineage_progress",
                columns: table => new
                {
                    run = table.Column<Guid>(type: "uuid", nullable: false),
                    sequence = table.Column<long>(type: "bigint", nullable: false),
                    done = table.Column<bool>(type: "boolean", nullable: false),
                    tries = table.Column<int>(type: "integer", nullable: false),
                    next_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_openlineage_progress", x => x.run);
                });

            migrationBuilder.CreateIndex(
                name: "ix_openlineage_edges_namespace_name",
                table: "openlineage_edges",
                columns: new[] { "namespace", "name" });

            migrationBuilder.CreateIndex(
                name: "ix_openlineage_events_job_namespace_job_name",
                table: "openlineage_events",
                columns: new[] { "job_namespace", "job_name" });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "openlineage_edges");

            migrationBuilder.DropTable(
                name: "openlineage_events");

            migrationBuilder.DropTable(
                name: "openlineage_progress");
        }
    }
}
