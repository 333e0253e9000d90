using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace MLPlatform.Storage.Migrations.Postgres
{
    /// <inheritdoc />
    public partial class Labels : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "label_annotations",
                columns: table => new
                {
                    batch = table.Column<Guid>(type: "uuid", nullable: false),
                    item = table.Column<int>(type: "integer", nullable: false),
                    annotator = table.Column<string>(type: "text", nullable: false),
                    revision = table.Column<int>(type: "integer", nullable: false),
                    action = table.Column<string>(type: "text", nullable: false),
                    value_json = table.Column<string>(type: "text", nullable: true),
                    at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_label_annotations", x => new { x.batch, x.item, x.annotator, x.revision });
                });

            migrationBuilder.CreateTable(
                name: "label_batches",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    run = table.Column<Guid>(type: "uuid", nullable: false),
                    activity = table.Column<string>(type: "text", nullable: false),
                    inputs_hash = table.Column<string>(type: "text", nullable: false),
                    pipeline = table.Column<string>(type: "text", nullable: false),
                    question_json = table.Column<string>(type: "text", nullable: false),
                    per_item = table.Column<int>(type: "integer", nullable: false),
                    skip_limit = table.Column<int>(type: "integer", nullable: false),
                    deadline = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    status = table.Column<string>(type: "text", nullable: false),
                    items = table.Column<int>(type: "integer", nullable: false),
                    done = table.Column<int>(type: "integer", nullable: false),
                    changes = table.Column<long>(type: "bigint", nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    closed_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    closed_because = table.Column<string>(type: "text", nullable: true),
                    delivered_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_label_batches", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "label_items",
                columns: table => new
                {
                    batch = table.Column<Guid>(type: "uuid", nullable: false),
                    number = table.Column<int>(type: "integer", nullable: false),
                    key = table.Column<string>(type: "text", nullable: false),
                    data_json = table.Column<string>(type: "text", nullable: false),
                    labels = table.Column<int>(type: "integer", nullable: false),
                    skips = table.Column<int>(type: "integer", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_label_items", x => new { x.batch, x.number });
                });

            migrationBuilder.CreateTable(
                name: "label_leases",
                columns: table => new
                {
                    batch = table.Column<Guid>(type: "uuid", nullable: false),
                    annotator = table.Column<string>(type: "text", nullable: false),
                    item = table.Column<int>(type: "integer", nullable: false),
                    until = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_label_leases", x => new { x.batch, x.annotator });
                });

            migrationBuilder.CreateIndex(
                name: "ix_label_batches_run_activity_inputs_hash",
                table: "label_batches",
                columns: new[] { "run", "activity", "inputs_hash" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_label_batches_status",
                table: "label_batches",
                column: "status");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "label_annotations");

            migrationBuilder.DropTable(
                name: "label_batches");

            migrationBuilder.DropTable(
                name: "label_items");

            migrationBuilder.DropTable(
                name: "label_leases");
        }
    }
}
