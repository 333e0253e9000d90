using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace MLPlatform.Storage.Migrations.Postgres
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
                    alarm = table.Column<string>(type: "text", nullable: false),
                    channel = table.Column<string>(type: "text", nullable: false),
                    kind = table.Column<string>(type: "text", nullable: false),
                    group_key = table.Column<string>(type: "text", nullable: false),
                    state = table.Column<string>(type: "text", nullable: false),
                    attempts = table.Column<int>(type: "integer", nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    next_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    lease = table.Column<Guid>(type: "uuid", nullable: true),
                    lease_until = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    error = table.Column<string>(type: "text", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_alarm_deliveries", x => new { x.alarm, x.channel, x.kind });
                });

            migrationBuilder.CreateTable(
                name: "alarm_scans",
                columns: table => new
                {
                    scan = table.Column<string>(type: "text", nullable: false),
                    seen_until = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_alarm_scans", x => x.scan);
                });

            migrationBuilder.CreateTable(
                name: "alarm_silences",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    pipeline = table.Column<string>(type: "text", nullable: true),
                    activity = table.Column<string>(type: "text", nullable: true),
                    @event = table.Column<string>(name: "event", type: "text", nullable: true),
                    from_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    until_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    created_by = table.Column<string>(type: "text", nullable: false),
                    reason = table.Column<string>(type: "text", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_alarm_silences", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "alarms",
                columns: table => new
                {
                    id = table.Column<string>(type: "text", nullable: false),
                    rule = table.Column<string>(type: "text", nullable: false),
                    @event = table.Column<string>(name: "event", type: "text", nullable: false),
                    severity = table.Column<string>(type: "text", nullable: false),
                    pipeline = table.Column<string>(type: "text", nullable: false),
                    subject = table.Column<string>(type: "text", nullable: true),
                    owner = table.Column<string>(type: "text", nullable: true),
                    run = table.Column<Guid>(type: "uuid", nullable: true),
                    node = table.Column<int>(type: "integer", nullable: true),
                    summary = table.Column<string>(type: "text", nullable: false),
                    at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    opened_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    detail_json = table.Column<string>(type: "text", nullable: false),
                    status = table.Column<string>(type: "text", nullable: false),
                    escalated = table.Column<bool>(type: "boolean", nullable: false),
                    state_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    state_by = table.Column<string>(type: "text", nullable: true),
                    because = table.Column<string>(type: "text", nullable: true)
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
