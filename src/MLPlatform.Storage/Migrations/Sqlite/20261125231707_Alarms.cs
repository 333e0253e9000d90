using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace MLPlatform.Storage.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class Alarms : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "alarm_deliveries",
                columns: table => new
                {
                    alarm = table.Column<string>(type: "TEXT", nullable: false),
                    channel = table.Column<string>(type: "TEXT", nullable: false),
                    kind = table.Column<string>(type: "TEXT", nullable: false),
                    group_key = table.Column<string>(type: "TEXT", nullable: false),
                    state = table.Column<string>(type: "TEXT", nullable: false),
                    attempts = table.Column<int>(type: "INTEGER", nullable: false),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false),
                    next_at = table.Column<long>(type: "INTEGER", nullable: false),
                    lease = table.Column<string>(type: "TEXT", nullable: true),
                    lease_until = table.Column<long>(type: "INTEGER", nullable: true),
                    error = table.Column<string>(type: "TEXT", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_alarm_deliveries", x => new { x.alarm, x.channel, x.kind });
                });

            migrationBuilder.CreateTable(
                name: "alarm_scans",
                columns: table => new
                {
                    scan = table.Column<string>(type: "TEXT", nullable: false),
                    seen_until = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_alarm_scans", x => x.scan);
                });

            migrationBuilder.CreateTable(
                name: "alarm_silences",
                columns: table => new
                {
                    id = table.Column<string>(type: "TEXT", nullable: false),
                    pipeline = table.Column<string>(type: "TEXT", nullable: true),
                    activity = table.Column<string>(type: "TEXT", nullable: true),
                    @event = table.Column<string>(name: "event", type: "TEXT", nullable: true),
                    from_at = table.Column<long>(type: "INTEGER", nullable: false),
                    until_at = table.Column<long>(type: "INTEGER", nullable: false),
                    created_by = table.Column<string>(type: "TEXT", nullable: false),
                    reason = table.Column<string>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_alarm_silences", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "alarms",
                columns: table => new
                {
                    id = table.Column<string>(type: "TEXT", nullable: false),
                    rule = table.Column<string>(type: "TEXT", nullable: false),
                    @event = table.Column<string>(name: "event", type: "TEXT", nullable: false),
                    severity = table.Column<string>(type: "TEXT", nullable: false),
                    pipeline = table.Column<string>(type: "TEXT", nullable: false),
                    subject = table.Column<string>(type: "TEXT", nullable: true),
                    owner = table.Column<string>(type: "TEXT", nullable: true),
                    run = table.Column<string>(type: "TEXT", nullable: true),
                    node = table.Column<int>(type: "INTEGER", nullable: true),
                    summary = table.Column<string>(type: "TEXT", nullable: false),
                    at = table.Column<long>(type: "INTEGER", nullable: false),
                    opened_at = table.Column<long>(type: "INTEGER", nullable: false),
                    detail_json = table.Column<string>(type: "TEXT", nullable: false),
                    status = table.Column<string>(type: "TEXT", nullable: false),
                    escalated = table.Column<bool>(type: "INTEGER", nullable: false),
                    state_at = table.Column<long>(type: "INTEGER", nullable: true),
                    state_by = table.Column<string>(type: "TEXT", nullable: true),
                    because = table.Column<string>(type: "TEXT", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_alarms", x => x.id);
                });

            migrationBuilder.CreateIndex(
                name: "ix_runs_ended_at",
                table: "runs",
                column: "ended_at",
                filter: "ended_at IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_alarm_deliveries_created_at",
                table: "alarm_deliveries",
                column: "created_at");

            migrationBuilder.CreateIndex(
                name: "ix_alarm_deliveries_next_at",
                table: "alarm_deliveries",
                column: "next_at",
                filter: "state IN ('waiting', 'held')");

            migrationBuilder.CreateIndex(
                name: "ix_alarms_opened_at_id",
                table: "alarms",
                columns: new[] { "opened_at", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_alarms_pipeline_opened_at_id",
                table: "alarms",
                columns: new[] { "pipeline", "opened_at", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_alarms_run",
                table: "alarms",
                column: "run");

            migrationBuilder.CreateIndex(
                name: "ix_alarms_status",
                table: "alarms",
                column: "status",
                filter: "status <> 'resolved'");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "alarm_deliveries");

            migrationBuilder.DropTable(
                name: "alarm_scans");

            migrationBuilder.DropTable(
                name: "alarm_silences");

            migrationBuilder.DropTable(
                name: "alarms");

            migrationBuilder.DropIndex(
                name: "ix_runs_ended_at",
                table: "runs");
        }
    }
}
