using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace MLPlatform.Storage.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class PipelineGit : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "git_files",
                columns: table => new
                {
                    source = table.Column<string>(type: "TEXT", nullable: false),
                    path = table.Column<string>(type: "TEXT", nullable: false),
                    commit_id = table.Column<string>(type: "TEXT", nullable: false),
                    author = table.Column<string>(type: "TEXT", nullable: false),
                    email = table.Column<string>(type: "TEXT", nullable: false),
                    message = table.Column<string>(type: "TEXT", nullable: false),
                    committed_at = table.Column<long>(type: "INTEGER", nullable: false),
                    pipeline = table.Column<string>(type: "TEXT", nullable: true),
                    revision = table.Column<int>(type: "INTEGER", nullable: true),
                    problems_json = table.Column<string>(type: "TEXT", nullable: true),
                    removed = table.Column<bool>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_git_files", x => new { x.source, x.path });
                });

            migrationBuilder.CreateTable(
                name: "git_states",
                columns: table => new
                {
                    source = table.Column<string>(type: "TEXT", nullable: false),
                    head = table.Column<string>(type: "TEXT", nullable: true),
                    looked_at = table.Column<long>(type: "INTEGER", nullable: false),
                    problem = table.Column<string>(type: "TEXT", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_git_states", x => x.source);
                });

            migrationBuilder.CreateTable(
                name: "pipeline_commits",
                columns: table => new
                {
                    pipeline = table.Column<string>(type: "TEXT", nullable: false),
                    revision = table.Column<int>(type: "INTEGER", nullable: false),
                    commit_id = table.Column<string>(type: "TEXT", nullable: false),
                    author = table.Column<string>(type: "TEXT", nullable: false),
                    email = table.Column<string>(type: "TEXT", nullable: false),
                    message = table.Column<string>(type: "TEXT", nullable: false),
                    committed_at = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_pipeline_commits", x => new { x.pipeline, x.revision });
                });

            migrationBuilder.CreateTable(
                name: "pipeline_layouts",
                columns: table => new
                {
                    pipeline = table.Column<string>(type: "TEXT", nullable: false),
                    layout_json = table.Column<string>(type: "TEXT", nullable: false),
                    changed_by = table.Column<string>(type: "TEXT", nullable: false),
                    changed_at = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_pipeline_layouts", x => x.pipeline);
                });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "git_files");

            migrationBuilder.DropTable(
                name: "git_states");

            migrationBuilder.DropTable(
                name: "pipeline_commits");

            migrationBuilder.DropTable(
                name: "pipeline_layouts");
        }
    }
}
