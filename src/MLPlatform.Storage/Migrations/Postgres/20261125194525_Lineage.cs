using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace MLPlatform.Storage.Migrations.Postgres
{
    /// <inheritdoc />
    public partial class Lineage : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropPrimaryKey(
                name: "pk_artifact_uses",
                table: "artifact_uses");

            migrationBuilder.AddColumn<int>(
                name: "number",
                table: "artifact_uses",
                type: "integer",
                nullable: false,
                defaultValue: 1);

            migrationBuilder.AddPrimaryKey(
                name: "pk_artifact_uses",
                table: "artifact_uses",
                columns: new[] { "run", "node", "number", "input", "hash" });

            migrationBuilder.CreateTable(
                name: "condemned_artifacts",
                columns: table => new
                {
                    hash = table.Column<string>(type: "text", nullable: false),
                    at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_condemned_artifacts", x => x.hash);
                });

            migrationBuilder.CreateTable(
                name: "lineage_documents",
                columns: table => new
                {
                    hash = table.Column<string>(type: "text", nullable: false),
                    indexed_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_lineage_documents", x => x.hash);
                });

            migrationBuilder.CreateTable(
                name: "lineage_sources",
                columns: table => new
                {
                    document = table.Column<string>(type: "text", nullable: false),
                    output = table.Column<string>(type: "text", nullable: false),
                    number = table.Column<int>(type: "integer", nullable: false),
                    path = table.Column<string>(type: "text", nullable: false),
                    identity = table.Column<string>(type: "text", nullable: true),
                    unit = table.Column<string>(type: "text", nullable: false),
                    exact = table.Column<bool>(type: "boolean", nullable: false),
                    first = table.Column<long>(type: "bigint", nullable: false),
                    last = table.Column<long>(type: "bigint", nullable: false),
                    ranges_json = table.Column<string>(type: "text", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_lineage_sources", x => new { x.document, x.output, x.number });
                });

            migrationBuilder.CreateIndex(
                name: "ix_lineage_sources_identity",
                table: "lineage_sources",
                column: "identity");

            migrationBuilder.CreateIndex(
                name: "ix_lineage_sources_path",
                table: "lineage_sources",
                column: "path");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "condemned_artifacts");

            migrationBuilder.DropTable(
                name: "lineage_documents");

            migrationBuilder.DropTable(
                name: "lineage_sources");

            migrationBuilder.DropPrimaryKey(
                name: "pk_artifact_uses",
                table: "artifact_uses");

            migrationBuilder.DropColumn(
                name: "number",
                table: "artifact_uses");

            migrationBuilder.AddPrimaryKey(
                name: "pk_artifact_uses",
                table: "artifact_uses",
                columns: new[] { "run", "node", "input", "hash" });
        }
    }
}
