using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace MLPlatform.Storage.Migrations.Postgres
{
    /// <inheritdoc />
    public partial class Promotions : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<Guid>(
                name: "undoes",
                table: "pool_promotions",
                type: "uuid",
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
