"""Alerts about PostgreSQL, from the metrics of CloudNativePG's exporter."""

from __future__ import annotations

from pocdeploy.monitoring.alerts.alert import Alert

BACKUP_HOURS = 26
"""Maximum age of the last backup: daily, plus two hours for the backup itself."""
DRILL_DAYS = 8
"""Maximum age of the last good drill: weekly, plus a day."""

DATABASE = (
    Alert(
        name="DatabaseNoPrimary",
        severity="critical",
        wait="1m",
        summary="{{ $labels.namespace }}: no PostgreSQL instance takes writes",
        expression="""
            pocdeploy:database_instances:expected unless on (namespace) cnpg_pg_replication_in_recovery == 0
        """,
    ),
    Alert(
        name="DatabaseFailedOver",
        severity="info",
        wait="0s",
        summary="{{ $labels.namespace }}: {{ $labels.pod }} has become the primary",
        expression="""
            max by (namespace, pod) (
              cnpg_pg_replication_in_recovery == 0
              and on (namespace, pod) max_over_time(cnpg_pg_replication_in_recovery[10m]) == 1
            )
        """,
    ),
    Alert(
        name="DatabaseFailoverFailed",
        severity="critical",
        wait="5m",
        summary="{{ $labels.namespace }}: PostgreSQL is not whole again after a failure",
        # An instance is missing, or follows no primary, or the operator waits for a switchover by hand.
        expression="""
            max by (namespace) (
              pocdeploy:database_instances:expected > on (namespace) count by (namespace) (cnpg_collector_up == 1)
            )
            or max by (namespace) (
              cnpg_pg_replication_in_recovery == 1
              unless on (namespace, pod) cnpg_pg_replication_is_wal_receiver_up == 1
            )
            or max by (namespace) (cnpg_collector_manual_switchover_required == 1)
        """,
    ),
    Alert(
        name="DatabaseReplicationLag",
        severity="warning",
        wait="2m",
        summary="{{ $labels.namespace }}: {{ $labels.pod }} is {{ $value | humanizeDuration }} behind the primary",
        expression="max by (namespace, pod) (cnpg_pg_replication_lag) > 30",
    ),
    Alert(
        name="DatabaseConnectionsNearLimit",
        severity="warning",
        wait="5m",
        summary="{{ $labels.namespace }}: {{ $labels.pod }} uses {{ humanizePercentage $value }} of its connections",
        expression="""
            sum by (namespace, pod) (cnpg_backends_total)
            / on (namespace, pod) max by (namespace, pod) (cnpg_pg_settings_setting{name="max_connections"}) > 0.8
        """,
    ),
    Alert(
        name="DatabaseLongTransaction",
        severity="warning",
        wait="1m",
        summary="{{ $labels.namespace }}: transaction of {{ $labels.usename }} open for {{ humanizeDuration $value }}",
        expression="max by (namespace, pod, datname, usename) (cnpg_backends_max_tx_duration_seconds) > 300",
    ),
    Alert(
        name="DatabaseBackupTooOld",
        severity="warning",
        wait="1h",
        summary="{{ $labels.namespace }}: the last backup is {{ $value | humanizeDuration }} old",
        # The plugin's series exist as soon as backups are configured, with 0 before the first. CloudNativePG's own
        # (deprecated, for in-core backups) always exist.
        expression=f"""
            time() - max by (namespace) (
              barman_cloud_cloudnative_pg_io_last_available_backup_timestamp
              or cnpg_collector_last_available_backup_timestamp > 0
            ) > {BACKUP_HOURS} * 3600
        """,
    ),
    Alert(
        name="DatabaseArchivingFails",
        severity="critical",
        wait="10m",
        summary="{{ $labels.namespace }}: the write-ahead log is not archived, and fills the volume",
        # Growth, not the value: a promotion ends with some failures, for example of the history of its timeline. In 15
        # minutes even an idle database has something to archive.
        expression="""
            max by (namespace) (increase(cnpg_pg_stat_archiver_failed_count[15m])) > 0
            unless max by (namespace) (increase(cnpg_pg_stat_archiver_archived_count[15m])) > 0
        """,
    ),
    Alert(
        name="DatabaseDrillTooOld",
        severity="warning",
        wait="1h",
        summary="{{ $labels.namespace }}: no restore has been proved for {{ $value | humanizeDuration }}",
        expression=f"""
            time() - max by (namespace) (
              kube_cronjob_status_last_successful_time{{cronjob=~".+-db-drill"}}
              or kube_cronjob_created{{cronjob=~".+-db-drill"}}
            ) > {DRILL_DAYS} * 86400
        """,
    ),
)
