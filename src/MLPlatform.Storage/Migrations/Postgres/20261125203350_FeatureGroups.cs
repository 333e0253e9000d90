using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace MLPlatform.Storage.Migrations.Postgres
{
    /// <inheritdoc />
    public partial class FeatureGroups : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "feature_groups",
                columns: table => new
                {
                    id = table.Column<string>(type: "text", nullable: false),
                    version = table.Column<int>(type: "integer", nullable: false),
                    hash = table.Column<string>(type: "text", nullable: false),
                    file_json = table.Column<string>(type: "text", nullable: false),
                    applied_by = table.Column<string>(type: "text", nullable: false),
                    applied_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    latest_table = table.Column<int>(type: "integer", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_feature_groups", x => new { x.id, x.version });
                });

            migrationBuilder.CreateTable(
                name: "feature_tables",
                columns: table => new
                {
                    group_id = table.Column<string>(type: "text", nullable: false),
                    version = table.Column<int>(type: "integer", nullable: false),
                    number = table.Column<int>(type: "integer", nullable: false),
                    hash = table.Column<string>(type: "text", nullable: false),
                    kind = table.Column<string>(type: "text", nullable: false),
                    bytes = table.Column<long>(type: "bigint", nullable: false),
                    attempt = table.Column<string>(type: "text", nullable: false),
                    through = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    profile_json = table.Column<string>(type: "text", nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_feature_tables", x => new { x.group_id, x.version, x.number });
                });

            migrationBuilder.CreateIndex(
                name: "ix_feature_tables_group_id_version_attempt",
                table: "feature_tables",
                columns: new[] { "group_id", "version", "attempt" },
                unique: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "feature_groups");

            migrationBuilder.DropTable(
                name: "feature_tables");
        }
    }
}
