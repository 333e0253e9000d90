using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace MLPlatform.Storage.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class LabelDesk : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<int>(
                name: "decisions",
                table: "label_items",
                type: "INTEGER",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<bool>(
                name: "disputed",
                table: "label_items",
                type: "INTEGER",
                nullable: false,
                defaultValue: false);

            migrationBuilder.AddColumn<string>(
                name: "gold_json",
                table: "label_items",
                type: "TEXT",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "adjudicators_json",
                table: "label_batches",
                type: "TEXT",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "source_json",
                table: "label_annotations",
                type: "TEXT",
                nullable: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "decisions",
                table: "label_items");

            migrationBuilder.DropColumn(
                name: "disputed",
                table: "label_items");

            migrationBuilder.DropColumn(
                name: "gold_json",
                table: "label_items");

            migrationBuilder.DropColumn(
                name: "adjudicators_json",
                table: "label_batches");

            migrationBuilder.DropColumn(
                name: "source_json",
                table: "label_annotations");
        }
    }
}
