using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace MLPlatform.Storage.Migrations.Postgres
{
    /// <inheritdoc />
    public partial class ColumnLineage : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "lineage_columns",
                columns: table => new
                {
                    document = table.Column<string>(type: "text", nullable: false),
                    output = table.Column<string>(type: "text", nullable: false),
                    columns_json = table.Column<string>(type: "text", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_lineage_columns", x => new { x.document, x.output });
                });

            migrationBuilder.CreateTable(
                name: "openlineage_facets",
                columns: table => new
                {
                    kind = table.Column<string>(type: "text", nullable: false),
                    @namespace = table.Column<string>(name: "namespace", type: "text", nullable: false),
                    name = table.Column<string>(type: "text", nullable: false),
                    facet = table.Column<string>(type: "text", nullable: false),
                    event_time = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    json = table.Column<string>(type: "text", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_openlineage_facets", x => new { x.kind, x.@namespace, x.name, x.facet });
                });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "lineage_columns");

            migrationBuilder.DropTable(
                name: "openlineage_facets");
        }
    }
}
