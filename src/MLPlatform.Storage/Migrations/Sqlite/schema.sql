CREATE TABLE IF NOT EXISTS "__EFMigrationsHistory" (
    "migration_id" TEXT NOT NULL CONSTRAINT "pk___ef_migrations_history" PRIMARY KEY,
    "product_version" TEXT NOT NULL
);

BEGIN TRANSACTION;
CREATE TABLE "activities" (
    "run" TEXT NOT NULL,
    "node" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "ready_at" INTEGER NULL,
    "started_at" INTEGER NULL,
    "ended_at" INTEGER NULL,
    "attempts" INTEGER NOT NULL,
    "outputs_json" TEXT NULL,
    "failure_json" TEXT NULL,
    "note" TEXT NULL,
    CONSTRAINT "pk_activities" PRIMARY KEY ("run", "node")
);

CREATE TABLE "api_tokens" (
    "name" TEXT NOT NULL CONSTRAINT "pk_api_tokens" PRIMARY KEY,
    "secret_hash" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "created_at" INTEGER NOT NULL,
    "revoked_at" INTEGER NULL
);

CREATE TABLE "artifact_uses" (
    "run" TEXT NOT NULL,
    "node" INTEGER NOT NULL,
    "input" TEXT NOT NULL,
    "hash" TEXT NOT NULL,
    CONSTRAINT "pk_artifact_uses" PRIMARY KEY ("run", "node", "input", "hash")
);

CREATE TABLE "artifacts" (
    "run" TEXT NOT NULL,
    "node" INTEGER NOT NULL,
    "number" INTEGER NOT NULL,
    "output" TEXT NOT NULL,
    "hash" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "bytes" INTEGER NOT NULL,
    "at" INTEGER NOT NULL,
    CONSTRAINT "pk_artifacts" PRIMARY KEY ("run", "node", "number", "output")
);

CREATE TABLE "attempts" (
    "run" TEXT NOT NULL,
    "node" INTEGER NOT NULL,
    "number" INTEGER NOT NULL,
    "status" TEXT NOT NULL,
    "started_at" INTEGER NOT NULL,
    "ended_at" INTEGER NULL,
    "failure_json" TEXT NULL,
    "execution_json" TEXT NULL,
    CONSTRAINT "pk_attempts" PRIMARY KEY ("run", "node", "number")
);

CREATE TABLE "audit" (
    "id" INTEGER NOT NULL CONSTRAINT "pk_audit" PRIMARY KEY AUTOINCREMENT,
    "at" INTEGER NOT NULL,
    "by" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "detail_json" TEXT NULL
);

CREATE TABLE "cache" (
    "key" TEXT NOT NULL CONSTRAINT "pk_cache" PRIMARY KEY,
    "pipeline" TEXT NOT NULL,
    "activity" TEXT NOT NULL,
    "components_json" TEXT NOT NULL,
    "outputs_json" TEXT NOT NULL,
    "source" TEXT NOT NULL,
    "at" INTEGER NOT NULL
);

CREATE TABLE "idempotency" (
    "key" TEXT NOT NULL CONSTRAINT "pk_idempotency" PRIMARY KEY,
    "answer_json" TEXT NOT NULL,
    "at" INTEGER NOT NULL
);

CREATE TABLE "journal" (
    "run" TEXT NOT NULL,
    "sequence" INTEGER NOT NULL,
    "payload" BLOB NOT NULL,
    CONSTRAINT "pk_journal" PRIMARY KEY ("run", "sequence")
);

CREATE TABLE "metrics" (
    "run" TEXT NOT NULL,
    "node" INTEGER NOT NULL,
    "number" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "step" INTEGER NOT NULL,
    "value" REAL NULL,
    "at" INTEGER NOT NULL,
    CONSTRAINT "pk_metrics" PRIMARY KEY ("run", "node", "number", "name", "step")
);

CREATE TABLE "model_alias_changes" (
    "id" INTEGER NOT NULL CONSTRAINT "pk_model_alias_changes" PRIMARY KEY AUTOINCREMENT,
    "model" TEXT NOT NULL,
    "alias" TEXT NOT NULL,
    "from_version" INTEGER NULL,
    "to_version" INTEGER NOT NULL,
    "changed_by" TEXT NOT NULL,
    "changed_at" INTEGER NOT NULL
);

CREATE TABLE "model_aliases" (
    "model" TEXT NOT NULL,
    "alias" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    CONSTRAINT "pk_model_aliases" PRIMARY KEY ("model", "alias")
);

CREATE TABLE "model_versions" (
    "model" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "hash" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "bytes" INTEGER NOT NULL,
    "attempt" TEXT NOT NULL,
    "metrics_json" TEXT NOT NULL,
    "description" TEXT NULL,
    "created_at" INTEGER NOT NULL,
    CONSTRAINT "pk_model_versions" PRIMARY KEY ("model", "version")
);

CREATE TABLE "models" (
    "name" TEXT NOT NULL CONSTRAINT "pk_models" PRIMARY KEY,
    "latest_version" INTEGER NOT NULL,
    "updated_at" INTEGER NOT NULL
);

CREATE TABLE "pipeline_revisions" (
    "pipeline" TEXT NOT NULL,
    "revision" INTEGER NOT NULL,
    "hash" TEXT NOT NULL,
    "file_json" TEXT NOT NULL,
    "folder" TEXT NULL,
    "applied_by" TEXT NOT NULL,
    "applied_at" INTEGER NOT NULL,
    CONSTRAINT "pk_pipeline_revisions" PRIMARY KEY ("pipeline", "revision")
);

CREATE TABLE "pipelines" (
    "name" TEXT NOT NULL CONSTRAINT "pk_pipelines" PRIMARY KEY,
    "latest_revision" INTEGER NOT NULL,
    "paused" INTEGER NOT NULL,
    "paused_by" TEXT NULL,
    "removed_at" INTEGER NULL,
    "removed_by" TEXT NULL
);

CREATE TABLE "plans" (
    "hash" TEXT NOT NULL CONSTRAINT "pk_plans" PRIMARY KEY,
    "json" BLOB NOT NULL
);

CREATE TABLE "replicas" (
    "id" TEXT NOT NULL CONSTRAINT "pk_replicas" PRIMARY KEY,
    "epoch" INTEGER NOT NULL,
    "lease_until" INTEGER NULL
);

CREATE TABLE "run_commands" (
    "id" TEXT NOT NULL CONSTRAINT "pk_run_commands" PRIMARY KEY,
    "run" TEXT NOT NULL,
    "json" TEXT NOT NULL,
    "at" INTEGER NOT NULL
);

CREATE TABLE "runs" (
    "id" TEXT NOT NULL CONSTRAINT "pk_runs" PRIMARY KEY,
    "pipeline" TEXT NOT NULL,
    "plan_hash" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "trigger_json" TEXT NOT NULL,
    "logical_date" INTEGER NOT NULL,
    "parameters_json" TEXT NOT NULL,
    "created_at" INTEGER NOT NULL,
    "ended_at" INTEGER NULL,
    "outputs_json" TEXT NULL,
    "failure_json" TEXT NULL,
    "total" INTEGER NOT NULL,
    "succeeded" INTEGER NOT NULL,
    "failed" INTEGER NOT NULL,
    "skipped" INTEGER NOT NULL,
    "running" INTEGER NOT NULL,
    "owner" TEXT NOT NULL
);

CREATE TABLE "trigger_claims" (
    "trigger" TEXT NOT NULL,
    "instant" TEXT NOT NULL,
    "run" TEXT NOT NULL,
    "at" INTEGER NOT NULL,
    "logical_date" INTEGER NOT NULL,
    "owner" TEXT NOT NULL,
    "facts_json" TEXT NOT NULL,
    "dropped" TEXT NULL,
    "settled" INTEGER NOT NULL,
    CONSTRAINT "pk_trigger_claims" PRIMARY KEY ("trigger", "instant")
);

CREATE UNIQUE INDEX "ix_api_tokens_secret_hash" ON "api_tokens" ("secret_hash");

CREATE INDEX "ix_artifact_uses_hash" ON "artifact_uses" ("hash");

CREATE INDEX "ix_artifacts_hash" ON "artifacts" ("hash");

CREATE INDEX "ix_cache_pipeline_activity_at" ON "cache" ("pipeline", "activity", "at");

CREATE INDEX "ix_model_alias_changes_model_alias_id" ON "model_alias_changes" ("model", "alias", "id");

CREATE UNIQUE INDEX "ix_model_versions_model_attempt" ON "model_versions" ("model", "attempt");

CREATE INDEX "ix_run_commands_run" ON "run_commands" ("run");

CREATE INDEX "ix_runs_created_at_id" ON "runs" ("created_at", "id");

CREATE INDEX "ix_runs_owner" ON "runs" ("owner") WHERE status IN ('running', 'paused', 'cancelling');

CREATE INDEX "ix_runs_pipeline_created_at_id" ON "runs" ("pipeline", "created_at", "id");

CREATE INDEX "ix_runs_status_created_at_id" ON "runs" ("status", "created_at", "id");

CREATE INDEX "ix_trigger_claims_at_instant" ON "trigger_claims" ("at", "instant") WHERE NOT settled;

INSERT INTO "__EFMigrationsHistory" ("migration_id", "product_version")
VALUES ('20261124033007_Initial', '10.0.15');

COMMIT;

BEGIN TRANSACTION;
CREATE TABLE "label_annotations" (
    "batch" TEXT NOT NULL,
    "item" INTEGER NOT NULL,
    "annotator" TEXT NOT NULL,
    "revision" INTEGER NOT NULL,
    "action" TEXT NOT NULL,
    "value_json" TEXT NULL,
    "at" INTEGER NOT NULL,
    CONSTRAINT "pk_label_annotations" PRIMARY KEY ("batch", "item", "annotator", "revision")
);

CREATE TABLE "label_batches" (
    "id" TEXT NOT NULL CONSTRAINT "pk_label_batches" PRIMARY KEY,
    "run" TEXT NOT NULL,
    "activity" TEXT NOT NULL,
    "inputs_hash" TEXT NOT NULL,
    "pipeline" TEXT NOT NULL,
    "question_json" TEXT NOT NULL,
    "per_item" INTEGER NOT NULL,
    "skip_limit" INTEGER NOT NULL,
    "deadline" INTEGER NULL,
    "status" TEXT NOT NULL,
    "items" INTEGER NOT NULL,
    "done" INTEGER NOT NULL,
    "changes" INTEGER NOT NULL,
    "created_at" INTEGER NOT NULL,
    "closed_at" INTEGER NULL,
    "closed_because" TEXT NULL,
    "delivered_at" INTEGER NULL
);

CREATE TABLE "label_items" (
    "batch" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "key" TEXT NOT NULL,
    "data_json" TEXT NOT NULL,
    "labels" INTEGER NOT NULL,
    "skips" INTEGER NOT NULL,
    CONSTRAINT "pk_label_items" PRIMARY KEY ("batch", "number")
);

CREATE TABLE "label_leases" (
    "batch" TEXT NOT NULL,
    "annotator" TEXT NOT NULL,
    "item" INTEGER NOT NULL,
    "until" INTEGER NOT NULL,
    CONSTRAINT "pk_label_leases" PRIMARY KEY ("batch", "annotator")
);

CREATE UNIQUE INDEX "ix_label_batches_run_activity_inputs_hash" ON "label_batches" ("run", "activity", "inputs_hash");

CREATE INDEX "ix_label_batches_status" ON "label_batches" ("status");

INSERT INTO "__EFMigrationsHistory" ("migration_id", "product_version")
VALUES ('20261124075430_Labels', '10.0.15');

COMMIT;

BEGIN TRANSACTION;
CREATE TABLE "dataset_reads" (
    "run" TEXT NOT NULL,
    "node" INTEGER NOT NULL,
    "dataset" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "at" INTEGER NOT NULL,
    CONSTRAINT "pk_dataset_reads" PRIMARY KEY ("run", "node", "dataset", "version")
);

CREATE TABLE "dataset_versions" (
    "dataset" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "hash" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "bytes" INTEGER NOT NULL,
    "columns_json" TEXT NOT NULL,
    "rows" INTEGER NOT NULL,
    "days_json" TEXT NOT NULL,
    "base_version" INTEGER NULL,
    "attempt" TEXT NOT NULL,
    "pipeline" TEXT NOT NULL,
    "created_at" INTEGER NOT NULL,
    "removed_at" INTEGER NULL,
    CONSTRAINT "pk_dataset_versions" PRIMARY KEY ("dataset", "version")
);

CREATE TABLE "datasets" (
    "name" TEXT NOT NULL CONSTRAINT "pk_datasets" PRIMARY KEY,
    "latest_version" INTEGER NOT NULL,
    "settings_json" TEXT NOT NULL,
    "updated_at" INTEGER NOT NULL
);

CREATE INDEX "ix_dataset_reads_dataset_version" ON "dataset_reads" ("dataset", "version");

CREATE UNIQUE INDEX "ix_dataset_versions_dataset_attempt" ON "dataset_versions" ("dataset", "attempt");

CREATE INDEX "ix_dataset_versions_hash" ON "dataset_versions" ("hash");

INSERT INTO "__EFMigrationsHistory" ("migration_id", "product_version")
VALUES ('20261125191004_Datasets', '10.0.15');

COMMIT;

BEGIN TRANSACTION;
ALTER TABLE "artifact_uses" ADD "number" INTEGER NOT NULL DEFAULT 1;

CREATE TABLE "condemned_artifacts" (
    "hash" TEXT NOT NULL CONSTRAINT "pk_condemned_artifacts" PRIMARY KEY,
    "at" INTEGER NOT NULL
);

CREATE TABLE "lineage_documents" (
    "hash" TEXT NOT NULL CONSTRAINT "pk_lineage_documents" PRIMARY KEY,
    "indexed_at" INTEGER NOT NULL
);

CREATE TABLE "lineage_sources" (
    "document" TEXT NOT NULL,
    "output" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "path" TEXT NOT NULL,
    "identity" TEXT NULL,
    "unit" TEXT NOT NULL,
    "exact" INTEGER NOT NULL,
    "first" INTEGER NOT NULL,
    "last" INTEGER NOT NULL,
    "ranges_json" TEXT NOT NULL,
    CONSTRAINT "pk_lineage_sources" PRIMARY KEY ("document", "output", "number")
);

CREATE INDEX "ix_lineage_sources_identity" ON "lineage_sources" ("identity");

CREATE INDEX "ix_lineage_sources_path" ON "lineage_sources" ("path");

CREATE TABLE "ef_temp_artifact_uses" (
    "run" TEXT NOT NULL,
    "node" INTEGER NOT NULL,
    "number" INTEGER NOT NULL,
    "input" TEXT NOT NULL,
    "hash" TEXT NOT NULL,
    CONSTRAINT "pk_artifact_uses" PRIMARY KEY ("run", "node", "number", "input", "hash")
);

INSERT INTO "ef_temp_artifact_uses" ("run", "node", "number", "input", "hash")
SELECT "run", "node", "number", "input", "hash"
FROM "artifact_uses";

COMMIT;

PRAGMA foreign_keys = 0;

BEGIN TRANSACTION;
DROP TABLE "artifact_uses";

ALTER TABLE "ef_temp_artifact_uses" RENAME TO "artifact_uses";

COMMIT;

PRAGMA foreign_keys = 1;

BEGIN TRANSACTION;
CREATE INDEX "ix_artifact_uses_hash" ON "artifact_uses" ("hash");

COMMIT;

INSERT INTO "__EFMigrationsHistory" ("migration_id", "product_version")
VALUES ('20261125194433_Lineage', '10.0.15');

BEGIN TRANSACTION;
ALTER TABLE "label_items" ADD "decisions" INTEGER NOT NULL DEFAULT 0;

ALTER TABLE "label_items" ADD "disputed" INTEGER NOT NULL DEFAULT 0;

ALTER TABLE "label_items" ADD "gold_json" TEXT NULL;

ALTER TABLE "label_batches" ADD "adjudicators_json" TEXT NULL;

ALTER TABLE "label_annotations" ADD "source_json" TEXT NULL;

INSERT INTO "__EFMigrationsHistory" ("migration_id", "product_version")
VALUES ('20261125202323_LabelDesk', '10.0.15');

COMMIT;

BEGIN TRANSACTION;
CREATE TABLE "feature_groups" (
    "id" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "hash" TEXT NOT NULL,
    "file_json" TEXT NOT NULL,
    "applied_by" TEXT NOT NULL,
    "applied_at" INTEGER NOT NULL,
    "latest_table" INTEGER NOT NULL,
    CONSTRAINT "pk_feature_groups" PRIMARY KEY ("id", "version")
);

CREATE TABLE "feature_tables" (
    "group_id" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "number" INTEGER NOT NULL,
    "hash" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "bytes" INTEGER NOT NULL,
    "attempt" TEXT NOT NULL,
    "through" INTEGER NULL,
    "profile_json" TEXT NOT NULL,
    "created_at" INTEGER NOT NULL,
    CONSTRAINT "pk_feature_tables" PRIMARY KEY ("group_id", "version", "number")
);

CREATE UNIQUE INDEX "ix_feature_tables_group_id_version_attempt" ON "feature_tables" ("group_id", "version", "attempt");

INSERT INTO "__EFMigrationsHistory" ("migration_id", "product_version")
VALUES ('20261125203331_FeatureGroups', '10.0.15');

COMMIT;

BEGIN TRANSACTION;
CREATE TABLE "bees_agents" (
    "agent" TEXT NOT NULL CONSTRAINT "pk_bees_agents" PRIMARY KEY,
    "report_json" TEXT NOT NULL,
    "at" INTEGER NOT NULL
);

CREATE TABLE "bees_slices" (
    "run" TEXT NOT NULL,
    "activity" TEXT NOT NULL,
    "pipeline" TEXT NOT NULL,
    "source" TEXT NOT NULL,
    "after_segment" INTEGER NOT NULL,
    "through_segment" INTEGER NOT NULL,
    "artifact_json" TEXT NOT NULL,
    "at" INTEGER NOT NULL,
    CONSTRAINT "pk_bees_slices" PRIMARY KEY ("run", "activity")
);

CREATE TABLE "bees_sources" (
    "name" TEXT NOT NULL CONSTRAINT "pk_bees_sources" PRIMARY KEY,
    "definition_json" TEXT NOT NULL,
    "home" TEXT NULL,
    "changed_by" TEXT NOT NULL,
    "updated_at" INTEGER NOT NULL
);

CREATE INDEX "ix_bees_slices_pipeline_activity_source_through_segment" ON "bees_slices" ("pipeline", "activity", "source", "through_segment");

INSERT INTO "__EFMigrationsHistory" ("migration_id", "product_version")
VALUES ('20261125204557_Bees', '10.0.15');

COMMIT;

BEGIN TRANSACTION;
CREATE TABLE "openlineage_edges" (
    "job_namespace" TEXT NOT NULL,
    "job_name" TEXT NOT NULL,
    "written" INTEGER NOT NULL,
    "namespace" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "seen_at" INTEGER NOT NULL,
    CONSTRAINT "pk_openlineage_edges" PRIMARY KEY ("job_namespace", "job_name", "written", "namespace", "name")
);

CREATE TABLE "openlineage_events" (
    "id" TEXT NOT NULL CONSTRAINT "pk_openlineage_events" PRIMARY KEY,
    "event_time" INTEGER NOT NULL,
    "event_type" TEXT NULL,
    "run" TEXT NULL,
    "job_namespace" TEXT NOT NULL,
    "job_name" TEXT NOT NULL,
    "json" TEXT NOT NULL,
    "received_at" INTEGER NOT NULL
);

CREATE TABLE "openlineage_progress" (
    "run" TEXT NOT NULL CONSTRAINT "pk_openlineage_progress" PRIMARY KEY,
    "sequence" INTEGER NOT NULL,
    "done" INTEGER NOT NULL,
    "tries" INTEGER NOT NULL,
    "next_at" INTEGER NULL,
    "at" INTEGER NOT NULL
);

CREATE INDEX "ix_openlineage_edges_namespace_name" ON "openlineage_edges" ("namespace", "name");

CREATE INDEX "ix_openlineage_events_job_namespace_job_name" ON "openlineage_events" ("job_namespace", "job_name");

INSERT INTO "__EFMigrationsHistory" ("migration_id", "product_version")
VALUES ('20261125205646_OpenLineage', '10.0.15');

COMMIT;

BEGIN TRANSACTION;
CREATE TABLE "deployment_changes" (
    "id" INTEGER NOT NULL CONSTRAINT "pk_deployment_changes" PRIMARY KEY AUTOINCREMENT,
    "name" TEXT NOT NULL,
    "revision" INTEGER NOT NULL,
    "action" TEXT NOT NULL,
    "changed_by" TEXT NOT NULL,
    "changed_at" INTEGER NOT NULL,
    "reason" TEXT NULL,
    "figures_json" TEXT NULL,
    "spec_json" TEXT NULL,
    "attempt" TEXT NULL
);

CREATE TABLE "deployments" (
    "name" TEXT NOT NULL CONSTRAINT "pk_deployments" PRIMARY KEY,
    "revision" INTEGER NOT NULL,
    "spec_json" TEXT NOT NULL,
    "changed_by" TEXT NOT NULL,
    "changed_at" INTEGER NOT NULL
);

CREATE INDEX "ix_deployment_changes_name_attempt" ON "deployment_changes" ("name", "attempt");

CREATE INDEX "ix_deployment_changes_name_id" ON "deployment_changes" ("name", "id");

INSERT INTO "__EFMigrationsHistory" ("migration_id", "product_version")
VALUES ('20261125221025_Deployments', '10.0.15');

COMMIT;

BEGIN TRANSACTION;
CREATE TABLE "lineage_columns" (
    "document" TEXT NOT NULL,
    "output" TEXT NOT NULL,
    "columns_json" TEXT NOT NULL,
    CONSTRAINT "pk_lineage_columns" PRIMARY KEY ("document", "output")
);

CREATE TABLE "openlineage_facets" (
    "kind" TEXT NOT NULL,
    "namespace" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "facet" TEXT NOT NULL,
    "event_time" INTEGER NOT NULL,
    "json" TEXT NOT NULL,
    CONSTRAINT "pk_openlineage_facets" PRIMARY KEY ("kind", "namespace", "name", "facet")
);

INSERT INTO "__EFMigrationsHistory" ("migration_id", "product_version")
VALUES ('20261125222522_ColumnLineage', '10.0.15');

COMMIT;

BEGIN TRANSACTION;
CREATE TABLE "bees_configs" (
    "agent" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "config_json" TEXT NOT NULL,
    "changed_by" TEXT NOT NULL,
    "at" INTEGER NOT NULL,
    CONSTRAINT "pk_bees_configs" PRIMARY KEY ("agent", "version")
);

INSERT INTO "__EFMigrationsHistory" ("migration_id", "product_version")
VALUES ('20261125223254_BeesConfigs', '10.0.15');

COMMIT;

BEGIN TRANSACTION;
CREATE TABLE "experiments" (
    "id" INTEGER NOT NULL CONSTRAINT "pk_experiments" PRIMARY KEY AUTOINCREMENT,
    "name" TEXT NOT NULL,
    "artifact_location" TEXT NULL,
    "stage" TEXT NOT NULL,
    "created_at" INTEGER NOT NULL,
    "updated_at" INTEGER NOT NULL,
    "tags_json" TEXT NOT NULL
);

CREATE TABLE "logged_models" (
    "id" TEXT NOT NULL CONSTRAINT "pk_logged_models" PRIMARY KEY,
    "experiment" INTEGER NOT NULL,
    "json" TEXT NOT NULL,
    "at" INTEGER NOT NULL
);

CREATE TABLE "metric_names" (
    "id" INTEGER NOT NULL CONSTRAINT "pk_metric_names" PRIMARY KEY AUTOINCREMENT,
    "name" TEXT NOT NULL
);

CREATE TABLE "metric_points" (
    "run" INTEGER NOT NULL,
    "metric" INTEGER NOT NULL,
    "at_ms" INTEGER NOT NULL,
    "step" INTEGER NOT NULL,
    "bits" INTEGER NOT NULL,
    CONSTRAINT "pk_metric_points" PRIMARY KEY ("run", "metric", "at_ms", "step", "bits")
);

CREATE TABLE "model_notes" (
    "model" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "description" TEXT NULL,
    "tags_json" TEXT NOT NULL,
    "stage" TEXT NULL,
    "source" TEXT NULL,
    "tracked_run" TEXT NULL,
    "logged_model" TEXT NULL,
    "created_at" INTEGER NOT NULL,
    "updated_at" INTEGER NOT NULL,
    CONSTRAINT "pk_model_notes" PRIMARY KEY ("model", "version")
);

CREATE TABLE "tracked_files" (
    "path" TEXT NOT NULL CONSTRAINT "pk_tracked_files" PRIMARY KEY,
    "hash" TEXT NOT NULL,
    "bytes" INTEGER NOT NULL,
    "artifact" TEXT NOT NULL,
    "at" INTEGER NOT NULL
);

CREATE TABLE "tracked_runs" (
    "number" INTEGER NOT NULL CONSTRAINT "pk_tracked_runs" PRIMARY KEY AUTOINCREMENT,
    "id" TEXT NULL,
    "experiment" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "user_name" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "started_ms" INTEGER NOT NULL,
    "ended_ms" INTEGER NULL,
    "stage" TEXT NOT NULL,
    "artifact_uri" TEXT NOT NULL,
    "parameters_json" TEXT NOT NULL,
    "tags_json" TEXT NOT NULL,
    "inputs_json" TEXT NULL,
    "outputs_json" TEXT NULL,
    "attempt" TEXT NULL,
    "latest" BLOB NOT NULL
);

CREATE UNIQUE INDEX "ix_experiments_name" ON "experiments" ("name");

CREATE INDEX "ix_logged_models_experiment" ON "logged_models" ("experiment");

CREATE UNIQUE INDEX "ix_metric_names_name" ON "metric_names" ("name");

CREATE INDEX "ix_tracked_runs_experiment" ON "tracked_runs" ("experiment");

CREATE UNIQUE INDEX "ix_tracked_runs_id" ON "tracked_runs" ("id");

INSERT INTO "__EFMigrationsHistory" ("migration_id", "product_version")
VALUES ('20261125231406_Experiments', '10.0.15');

COMMIT;

BEGIN TRANSACTION;
CREATE TABLE "alarm_deliveries" (
    "alarm" TEXT NOT NULL,
    "channel" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "group_key" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "attempts" INTEGER NOT NULL,
    "created_at" INTEGER NOT NULL,
    "next_at" INTEGER NOT NULL,
    "lease" TEXT NULL,
    "lease_until" INTEGER NULL,
    "error" TEXT NULL,
    CONSTRAINT "pk_alarm_deliveries" PRIMARY KEY ("alarm", "channel", "kind")
);

CREATE TABLE "alarm_scans" (
    "scan" TEXT NOT NULL CONSTRAINT "pk_alarm_scans" PRIMARY KEY,
    "seen_until" INTEGER NOT NULL
);

CREATE TABLE "alarm_silences" (
    "id" TEXT NOT NULL CONSTRAINT "pk_alarm_silences" PRIMARY KEY,
    "pipeline" TEXT NULL,
    "activity" TEXT NULL,
    "event" TEXT NULL,
    "from_at" INTEGER NOT NULL,
    "until_at" INTEGER NOT NULL,
    "created_by" TEXT NOT NULL,
    "reason" TEXT NOT NULL
);

CREATE TABLE "alarms" (
    "id" TEXT NOT NULL CONSTRAINT "pk_alarms" PRIMARY KEY,
    "rule" TEXT NOT NULL,
    "event" TEXT NOT NULL,
    "severity" TEXT NOT NULL,
    "pipeline" TEXT NOT NULL,
    "subject" TEXT NULL,
    "owner" TEXT NULL,
    "run" TEXT NULL,
    "node" INTEGER NULL,
    "summary" TEXT NOT NULL,
    "at" INTEGER NOT NULL,
    "opened_at" INTEGER NOT NULL,
    "detail_json" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "escalated" INTEGER NOT NULL,
    "state_at" INTEGER NULL,
    "state_by" TEXT NULL,
    "because" TEXT NULL
);

CREATE INDEX "ix_runs_ended_at" ON "runs" ("ended_at") WHERE ended_at IS NOT NULL;

CREATE INDEX "ix_alarm_deliveries_created_at" ON "alarm_deliveries" ("created_at");

CREATE INDEX "ix_alarm_deliveries_next_at" ON "alarm_deliveries" ("next_at") WHERE state IN ('waiting', 'held');

CREATE INDEX "ix_alarms_opened_at_id" ON "alarms" ("opened_at", "id");

CREATE INDEX "ix_alarms_pipeline_opened_at_id" ON "alarms" ("pipeline", "opened_at", "id");

CREATE INDEX "ix_alarms_run" ON "alarms" ("run");

CREATE INDEX "ix_alarms_status" ON "alarms" ("status") WHERE status <> 'resolved';

INSERT INTO "__EFMigrationsHistory" ("migration_id", "product_version")
VALUES ('20261125231707_Alarms', '10.0.15');

COMMIT;

BEGIN TRANSACTION;
CREATE TABLE "code_folders" (
    "name" TEXT NOT NULL CONSTRAINT "pk_code_folders" PRIMARY KEY,
    "latest_version" INTEGER NOT NULL
);

CREATE TABLE "code_pins" (
    "run" TEXT NOT NULL,
    "activity" TEXT NOT NULL,
    "tree_json" TEXT NOT NULL,
    CONSTRAINT "pk_code_pins" PRIMARY KEY ("run", "activity")
);

CREATE TABLE "code_versions" (
    "name" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "hash" TEXT NOT NULL,
    "bytes" INTEGER NOT NULL,
    "made_by" TEXT NOT NULL,
    "note" TEXT NULL,
    "created_at" INTEGER NOT NULL,
    CONSTRAINT "pk_code_versions" PRIMARY KEY ("name", "version")
);

INSERT INTO "__EFMigrationsHistory" ("migration_id", "product_version")
VALUES ('20261125233512_Code', '10.0.15');

COMMIT;

BEGIN TRANSACTION;
CREATE TABLE "sweep_trials" (
    "sweep" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "run" TEXT NOT NULL,
    "parameters_json" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "rung" INTEGER NOT NULL,
    "value" REAL NULL,
    "because" TEXT NULL,
    "curve_json" TEXT NOT NULL,
    "created_at" INTEGER NOT NULL,
    "ended_at" INTEGER NULL,
    CONSTRAINT "pk_sweep_trials" PRIMARY KEY ("sweep", "number")
);

CREATE TABLE "sweeps" (
    "id" TEXT NOT NULL CONSTRAINT "pk_sweeps" PRIMARY KEY,
    "name" TEXT NOT NULL,
    "pipeline" TEXT NOT NULL,
    "settings_json" TEXT NOT NULL,
    "pipeline_json" TEXT NOT NULL,
    "folder" TEXT NULL,
    "caller_folder" TEXT NULL,
    "started_by" TEXT NOT NULL,
    "waiter" TEXT NULL,
    "delivered_at" INTEGER NULL,
    "created_at" INTEGER NOT NULL,
    "revision" INTEGER NOT NULL,
    "status" TEXT NOT NULL,
    "ending" TEXT NULL,
    "because" TEXT NULL,
    "ended_at" INTEGER NULL,
    "owner" TEXT NULL,
    "owned_until" INTEGER NULL
);

CREATE UNIQUE INDEX "ix_sweep_trials_run" ON "sweep_trials" ("run");

CREATE INDEX "ix_sweeps_created_at_id" ON "sweeps" ("created_at", "id");

CREATE INDEX "ix_sweeps_status" ON "sweeps" ("status");

INSERT INTO "__EFMigrationsHistory" ("migration_id", "product_version")
VALUES ('20261125234855_Sweeps', '10.0.15');

COMMIT;

BEGIN TRANSACTION;
CREATE TABLE "bees_forwards" (
    "id" INTEGER NOT NULL CONSTRAINT "pk_bees_forwards" PRIMARY KEY AUTOINCREMENT,
    "source" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "body" BLOB NOT NULL,
    "at" INTEGER NOT NULL
);

INSERT INTO "__EFMigrationsHistory" ("migration_id", "product_version")
VALUES ('20261126012845_Forwards', '10.0.15');

COMMIT;

BEGIN TRANSACTION;
CREATE TABLE "allocations" (
    "run" TEXT NOT NULL,
    "node" INTEGER NOT NULL,
    "number" INTEGER NOT NULL,
    "replica" TEXT NOT NULL,
    "pool" TEXT NOT NULL,
    "machine" TEXT NOT NULL,
    "group_name" TEXT NOT NULL,
    "person" TEXT NOT NULL,
    "pipeline" TEXT NOT NULL,
    "milli_cpu" INTEGER NOT NULL,
    "memory_bytes" INTEGER NOT NULL,
    "milli_gpu" INTEGER NOT NULL,
    "devices" TEXT NOT NULL,
    "priority" INTEGER NOT NULL,
    "preemptible" INTEGER NOT NULL,
    "borrowed" INTEGER NOT NULL,
    "since" INTEGER NOT NULL,
    "ended_at" INTEGER NULL,
    CONSTRAINT "pk_allocations" PRIMARY KEY ("run", "node", "number")
);

CREATE TABLE "machines" (
    "replica" TEXT NOT NULL CONSTRAINT "pk_machines" PRIMARY KEY,
    "name" TEXT NOT NULL,
    "milli_cpu" INTEGER NOT NULL,
    "memory_bytes" INTEGER NOT NULL,
    "gpus_json" TEXT NOT NULL,
    "labels_json" TEXT NOT NULL,
    "seen_at" INTEGER NOT NULL
);

CREATE TABLE "pool_promotions" (
    "id" TEXT NOT NULL CONSTRAINT "pk_pool_promotions" PRIMARY KEY,
    "pipeline" TEXT NOT NULL,
    "from_pool" TEXT NOT NULL,
    "to_pool" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "reasons" TEXT NOT NULL,
    "proposed_at" INTEGER NOT NULL,
    "decided_by" TEXT NULL,
    "decided_at" INTEGER NULL
);

CREATE TABLE "quota_expansions" (
    "id" TEXT NOT NULL CONSTRAINT "pk_quota_expansions" PRIMARY KEY,
    "group_name" TEXT NOT NULL,
    "pool" TEXT NOT NULL,
    "milli_cpu" INTEGER NOT NULL,
    "memory_bytes" INTEGER NOT NULL,
    "milli_gpu" INTEGER NOT NULL,
    "from_at" INTEGER NOT NULL,
    "until_at" INTEGER NOT NULL,
    "reason" TEXT NOT NULL,
    "approver" TEXT NOT NULL,
    "source" TEXT NULL,
    "created_by" TEXT NOT NULL,
    "created_at" INTEGER NOT NULL,
    "ended_by" TEXT NULL
);

CREATE TABLE "resources_versions" (
    "version" INTEGER NOT NULL CONSTRAINT "pk_resources_versions" PRIMARY KEY,
    "json" TEXT NOT NULL,
    "applied_by" TEXT NOT NULL,
    "applied_at" INTEGER NOT NULL
);

CREATE INDEX "ix_allocations_ended_at" ON "allocations" ("ended_at");

CREATE INDEX "ix_allocations_replica" ON "allocations" ("replica") WHERE ended_at IS NULL;

CREATE INDEX "ix_pool_promotions_pipeline_proposed_at" ON "pool_promotions" ("pipeline", "proposed_at");

CREATE INDEX "ix_quota_expansions_until_at" ON "quota_expansions" ("until_at");

INSERT INTO "__EFMigrationsHistory" ("migration_id", "product_version")
VALUES ('20261126041846_Quotas', '10.0.15');

COMMIT;

BEGIN TRANSACTION;
CREATE TABLE "consumption" (
    "month" INTEGER NOT NULL,
    "group_name" TEXT NOT NULL,
    "person" TEXT NOT NULL,
    "replica" TEXT NOT NULL,
    "gpu_microseconds" INTEGER NOT NULL,
    "since" INTEGER NOT NULL,
    "recent_cpu" REAL NOT NULL,
    "recent_memory" REAL NOT NULL,
    "recent_gpu" REAL NOT NULL,
    CONSTRAINT "pk_consumption" PRIMARY KEY ("month", "group_name", "person", "replica")
);

INSERT INTO "__EFMigrationsHistory" ("migration_id", "product_version")
VALUES ('20261126043638_Budgets', '10.0.15');

COMMIT;

BEGIN TRANSACTION;
ALTER TABLE "pool_promotions" ADD "undoes" TEXT NULL;

CREATE UNIQUE INDEX "ix_pool_promotions_pipeline_from_pool_to_pool" ON "pool_promotions" ("pipeline", "from_pool", "to_pool") WHERE state IN ('proposed', 'inForce');

INSERT INTO "__EFMigrationsHistory" ("migration_id", "product_version")
VALUES ('20261126050404_Promotions', '10.0.15');

COMMIT;

BEGIN TRANSACTION;
CREATE TABLE "reservations" (
    "id" TEXT NOT NULL CONSTRAINT "pk_reservations" PRIMARY KEY,
    "person" TEXT NOT NULL,
    "person_group" TEXT NOT NULL,
    "pool" TEXT NOT NULL,
    "milli_cpu" INTEGER NOT NULL,
    "memory_bytes" INTEGER NOT NULL,
    "milli_gpu" INTEGER NOT NULL,
    "starts_at" INTEGER NOT NULL,
    "ends_at" INTEGER NOT NULL,
    "no_show_seconds" INTEGER NOT NULL,
    "reason" TEXT NULL,
    "asked_by" TEXT NOT NULL,
    "created_at" INTEGER NOT NULL,
    "revision" INTEGER NOT NULL,
    "state_json" TEXT NOT NULL
);

CREATE TABLE "workspaces" (
    "id" TEXT NOT NULL CONSTRAINT "pk_workspaces" PRIMARY KEY,
    "name" TEXT NOT NULL,
    "owner" TEXT NOT NULL,
    "owner_group" TEXT NOT NULL,
    "settings_json" TEXT NOT NULL,
    "documents_json" TEXT NOT NULL,
    "created_at" INTEGER NOT NULL,
    "revision" INTEGER NOT NULL,
    "status" TEXT NOT NULL,
    "state_json" TEXT NOT NULL
);

CREATE INDEX "ix_reservations_ends_at" ON "reservations" ("ends_at");

CREATE UNIQUE INDEX "ix_workspaces_owner_name" ON "workspaces" ("owner", "name");

CREATE INDEX "ix_workspaces_status" ON "workspaces" ("status");

INSERT INTO "__EFMigrationsHistory" ("migration_id", "product_version")
VALUES ('20261126052124_Workspaces', '10.0.15');

COMMIT;

BEGIN TRANSACTION;
CREATE TABLE "git_files" (
    "source" TEXT NOT NULL,
    "path" TEXT NOT NULL,
    "commit_id" TEXT NOT NULL,
    "author" TEXT NOT NULL,
    "email" TEXT NOT NULL,
    "message" TEXT NOT NULL,
    "committed_at" INTEGER NOT NULL,
    "pipeline" TEXT NULL,
    "revision" INTEGER NULL,
    "problems_json" TEXT NULL,
    "removed" INTEGER NOT NULL,
    CONSTRAINT "pk_git_files" PRIMARY KEY ("source", "path")
);

CREATE TABLE "git_states" (
    "source" TEXT NOT NULL CONSTRAINT "pk_git_states" PRIMARY KEY,
    "head" TEXT NULL,
    "looked_at" INTEGER NOT NULL,
    "problem" TEXT NULL
);

CREATE TABLE "pipeline_commits" (
    "pipeline" TEXT NOT NULL,
    "revision" INTEGER NOT NULL,
    "commit_id" TEXT NOT NULL,
    "author" TEXT NOT NULL,
    "email" TEXT NOT NULL,
    "message" TEXT NOT NULL,
    "committed_at" INTEGER NOT NULL,
    CONSTRAINT "pk_pipeline_commits" PRIMARY KEY ("pipeline", "revision")
);

CREATE TABLE "pipeline_layouts" (
    "pipeline" TEXT NOT NULL CONSTRAINT "pk_pipeline_layouts" PRIMARY KEY,
    "layout_json" TEXT NOT NULL,
    "changed_by" TEXT NOT NULL,
    "changed_at" INTEGER NOT NULL
);

INSERT INTO "__EFMigrationsHistory" ("migration_id", "product_version")
VALUES ('20261126073608_PipelineGit', '10.0.15');

COMMIT;

BEGIN TRANSACTION;
CREATE TABLE "elsa_definitions" (
    "id" TEXT NOT NULL CONSTRAINT "pk_elsa_definitions" PRIMARY KEY,
    "definition" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "document_json" TEXT NOT NULL,
    "published" INTEGER NOT NULL,
    "revision" INTEGER NULL,
    "saved_at" INTEGER NOT NULL,
    "saved_by" TEXT NOT NULL
);

CREATE UNIQUE INDEX "ix_elsa_definitions_definition_version" ON "elsa_definitions" ("definition", "version");

INSERT INTO "__EFMigrationsHistory" ("migration_id", "product_version")
VALUES ('20261126075353_Elsa', '10.0.15');

COMMIT;

BEGIN TRANSACTION;
CREATE TABLE "quota_requests" (
    "id" TEXT NOT NULL CONSTRAINT "pk_quota_requests" PRIMARY KEY,
    "group_name" TEXT NOT NULL,
    "pool" TEXT NOT NULL,
    "milli_cpu" INTEGER NOT NULL,
    "memory_bytes" INTEGER NOT NULL,
    "milli_gpu" INTEGER NOT NULL,
    "from_at" INTEGER NULL,
    "until_at" INTEGER NOT NULL,
    "reason" TEXT NOT NULL,
    "source" TEXT NULL,
    "asked_by" TEXT NOT NULL,
    "asked_at" INTEGER NOT NULL,
    "expires_at" INTEGER NOT NULL,
    "state" TEXT NOT NULL,
    "decided_by" TEXT NULL,
    "decided_at" INTEGER NULL,
    "word" TEXT NULL
);

CREATE INDEX "ix_quota_requests_asked_at" ON "quota_requests" ("asked_at");

CREATE INDEX "ix_quota_requests_expires_at" ON "quota_requests" ("expires_at") WHERE state = 'pending';

INSERT INTO "__EFMigrationsHistory" ("migration_id", "product_version")
VALUES ('20261126135257_QuotaRequests', '10.0.15');

COMMIT;

BEGIN TRANSACTION;
ALTER TABLE "machines" ADD "waits_json" TEXT NULL;

INSERT INTO "__EFMigrationsHistory" ("migration_id", "product_version")
VALUES ('20261126205257_ToldWaits', '10.0.15');

COMMIT;

