using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace MLPlatform.Storage.Migrations.Sqlite
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
                    batch = table.Column<string>(type: "TEXT", nullable: false),
                    item = table.Column<int>(type: "INTEGER", nullable: false),
                    annotator = table.Column<string>(type: "TEXT", nullable: false),
                    revision = table.Column<int>(type: "INTEGER", nullable: false),
                    action = table.Column<string>(type: "TEXT", nullable: false),
                    value_json = table.Column<string>(type: "TEXT", nullable: true),
                    at = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_label_annotations", x => new { x.batch, x.item, x.annotator, x.revision });
                });

            migrationBuilder.CreateTable(
                name: "label_batches",
                columns: table => new
                {
                    id = table.Column<string>(type: "TEXT", nullable: false),
                    run = table.Column<string>(type: "TEXT", nullable: false),
                    activity = table.Column<string>(type: "TEXT", nullable: false),
                    inputs_hash = table.Column<string>(type: "TEXT", nullable: false),
                    pipeline = table.Column<string>(type: "TEXT", nullable: false),
                    question_json = table.Column<string>(type: "TEXT", nullable: false),
                    per_item = table.Column<int>(type: "INTEGER", nullable: false),
                    skip_limit = table.Column<int>(type: "INTEGER", nullable: false),
                    deadline = table.Column<long>(type: "INTEGER", nullable: true),
                    status = table.Column<string>(type: "TEXT", nullable: false),
                    items = table.Column<int>(type: "INTEGER", nullable: false),
                    done = table.Column<int>(type: "INTEGER", nullable: false),
                    changes = table.Column<long>(type: "INTEGER", nullable: false),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false),
                    closed_at = table.Column<long>(type: "INTEGER", nullable: true),
                    closed_because = table.Column<string>(type: "TEXT", nullable: true),
                    delivered_at = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_label_batches", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "label_items",
                columns: table => new
                {
                    batch = table.Column<string>(type: "TEXT", nullable: false),
                    number = table.Column<int>(type: "INTEGER", nullable: false),
                    key = table.Column<string>(type: "TEXT", nullable: false),
                    data_json = table.Column<string>(type: "TEXT", nullable: false),
                    labels = table.Column<int>(type: "INTEGER", nullable: false),
                    skips = table.Column<int>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_label_items", x => new { x.batch, x.number });
                });

            migrationBuilder.CreateTable(
                name: "label_leases",
                columns: table => new
                {
                    batch = table.Column<string>(type: "TEXT", nullable: false),
                    annotator = table.Column<string>(type: "TEXT", nullable: false),
                    item = table.Column<int>(type: "INTEGER", nullable: false),
                    until = table.Column<long>(type: "INTEGER", nullable: false)
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
