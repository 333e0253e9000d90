using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace MLPlatform.Storage.Migrations.Sqlite
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
                    job_namespace = table.Column<string>(type: "TEXT", nullable: false),
                    job_name = table.Column<string>(type: "TEXT", nullable: false),
                    written = table.Column<bool>(type: "INTEGER", nullable: false),
                    @namespace = table.Column<string>(name: "namespace", type: "TEXT", nullable: false),
                    name = table.Column<string>(type: "TEXT", nullable: false),
                    seen_at = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_openlineage_edges", x => new { x.job_namespace, x.job_name, x.written, x.@namespace, x.name });
                });

            migrationBuilder.CreateTable(
                name: "openlineage_events",
                columns: table => new
                {
                    id = table.Column<string>(type: "TEXT", nullable: false),
                    event_time = table.Column<long>(type: "INTEGER", nullable: false),
                    event_type = table.Column<string>(type: "TEXT", nullable: true),
                    run = table.Column<string>(type: "TEXT", nullable: true),
                    job_namespace = table.Column<string>(type: "TEXT", nullable: false),
                    job_name = table.Column<string>(type: "TEXT", nullable: false),
                    json = table.Column<string>(type: "TEXT", nullable: false),
                    received_at = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_openlineage_events", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "openlineage_progress",
                columns: table => new
                {
                    run = table.Column<string>(type: "TEXT", nullable: false),
                    sequence = table.Column<long>(type: "INTEGER", nullable: false),
                    done = table.Column<bool>(type: "INTEGER", nullable: false),
                    tries = table.Column<int>(type: "INTEGER", nullable: false),
                    next_at = table.Column<long>(type: "INTEGER", nullable: true),
                    at = table.Column<long>(type: "INTEGER", nullable: false)
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
