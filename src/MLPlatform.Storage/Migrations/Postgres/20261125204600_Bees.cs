using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace MLPlatform.Storage.Migrations.Postgres
{
    /// <inheritdoc />
    public partial class Bees : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "bees_agents",
                columns: table => new
                {
                    agent = table.Column<string>(type: "text", nullable: false),
                    report_json = table.Column<string>(type: "text", nullable: false),
                    at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_bees_agents", x => x.agent);
                });

            migrationBuilder.CreateTable(
                name: "bees_slices",
                columns: table => new
                {
                    run = table.Column<Guid>(type: "uuid", nullable: false),
                    activity = table.Column<string>(type: "text", nullable: false),
                    pipeline = table.Column<string>(type: "text", nullable: false),
                    source = table.Column<string>(type: "text", nullable: false),
                    after_segment = table.Column<long>(type: "bigint", nullable: false),
                    through_segment = table.Column<long>(type: "bigint", nullable: false),
                    artifact_json = table.Column<string>(type: "text", nullable: false),
                    at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_bees_slices", x => new { x.run, x.activity });
                });

            migrationBuilder.CreateTable(
                name: "bees_sources",
                columns: table => new
                {
                    name = table.Column<string>(type: "text", nullable: false),
                    definition_json = table.Column<string>(type: "text", nullable: false),
                    home = table.Column<string>(type: "text", nullable: true),
                    changed_by = table.Column<string>(type: "text", nullable: false),
                    updated_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_bees_sources", x => x.name);
                });

            migrationBuilder.CreateIndex(
                name: "ix_bees_slices_pipeline_activity_source_through_segment",
                table: "bees_slices",
                columns: new[] { "pipeline", "activity", "source", "through_segment" });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "bees_agents");

            migrationBuilder.DropTable(
                name: "bees_slices");

            migrationBuilder.DropTable(
                name: "bees_sources");
        }
    }
}
