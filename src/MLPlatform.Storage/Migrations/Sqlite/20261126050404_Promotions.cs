using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace MLPlatform.Storage.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class Promotions : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "undoes",
                table: "pool_promotions",
                type: "TEXT",
                nullable: true);

            migrationBuilder.CreateIndex(
                name: "ix_pool_promotions_pipeline_from_pool_to_pool",
                table: "pool_promotions",
                columns: new[] { "pipeline", "from_pool", "to_pool" },
                unique: true,
                filter: "state IN ('proposed', 'inForce')");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "ix_pool_promotions_pipeline_from_pool_to_pool",
                table: "pool_promotions");

            migrationBuilder.DropColumn(
                name: "undoes",
                table: "pool_promotions");
        }
    }
}
