"""PostgreSQL: metrics of one application's database, from CloudNativePG's exporter."""

from __future__ import annotations

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.builders import stat as stat_builder
from grafana_foundation_sdk.builders import table as table_builder
from grafana_foundation_sdk.builders import timeseries as timeseries_builder

from pocdeploy.monitoring.alerts.database import BACKUP_HOURS, DRILL_DAYS
from pocdeploy.monitoring.dashboards.panels import USED, fill, new_dashboard, stat, status_stat, table, timeseries
from pocdeploy.monitoring.scope import Watched

_HERE = 'namespace="$app"'
_WINDOW = "[$__rate_interval]"
_HOUR = 3600
_BARMAN = "barman_cloud_cloudnative_pg_io"


def build(watched: Watched) -> dashboard.Dashboard:
    """Return the dashboard."""
    board = new_dashboard("postgresql", "PostgreSQL", "One application's database.", apps=watched.databases)
    fill(
        board,
        {
            "Instances": _instances(),
            "Replication": _replication(),
            "Load": _load(),
            "Slow": _slow(),
            "WAL": _wal(),
            "Disk": _disk(),
            "Backups": _backups(),
        },
    )
    return board


def _instances() -> list[stat_builder.Panel | table_builder.Panel]:
    return [
        status_stat(
            "Instances",
            f"count(cnpg_collector_up{{{_HERE}}} == 1) / sum(pocdeploy:database_instances:expected{{{_HERE}}})"
            " or vector(0)",
            help_text="That answer, of those that there should be.",
        ),
        stat("Primary", f"cnpg_pg_replication_in_recovery{{{_HERE}}} == 0", legend="{{pod}}", show="name"),
        stat("Version", f"max by (full) (cnpg_collector_postgres_version{{{_HERE}}})", legend="{{full}}", show="name"),
        stat(
            "Nodes",
            f"max(cnpg_collector_nodes_used{{{_HERE}}})",
            help_text="Machines that the instances are spread over; with one, its loss is the loss of all.",
        ),
        table(
            "Roles",
            f"max by (pod) (cnpg_pg_replication_in_recovery{{{_HERE}}})",
            {"pod": "Instance", "Value": "Replica"},
            width=8,
            height=4,
            help_text="1: a replica, 0: the primary.",
        ),
    ]


def _replication() -> list[timeseries_builder.Panel]:
    return [
        timeseries("Lag", (f"max by (pod) (cnpg_pg_replication_lag{{{_HERE}}})", "{{pod}}"), unit="s"),
        timeseries(
            "Not yet replayed",
            (
                f"max by (application_name) (cnpg_pg_stat_replication_replay_diff_bytes{{{_HERE}}})",
                "{{application_name}}",
            ),
            unit="bytes",
            help_text="WAL that a replica has not applied.",
        ),
        timeseries(
            "Synchronous replicas",
            (f'max(cnpg_collector_sync_replicas{{{_HERE}, value="expected"}})', "expected"),
            (f'max(cnpg_collector_sync_replicas{{{_HERE}, value="observed"}})', "there"),
            (f"max(cnpg_pg_replication_streaming_replicas{{{_HERE}}})", "streaming"),
        ),
    ]


def _load() -> list[timeseries_builder.Panel]:
    rate = f"sum(rate(cnpg_pg_stat_database_%s{{{_HERE}}}{_WINDOW}))"
    hit, read = rate % "blks_hit", rate % "blks_read"
    return [
        timeseries(
            "Connections of the primary",
            (
                f"sum by (state) (cnpg_backends_total{{{_HERE}}}"
                f" and on (pod) cnpg_pg_replication_in_recovery{{{_HERE}}} == 0)",
                "{{state}}",
            ),
            (f'max(cnpg_pg_settings_setting{{{_HERE}, name="max_connections"}})', "most"),
        ),
        timeseries(
            "Transactions",
            (rate % "xact_commit", "committed"),
            (rate % "xact_rollback", "rolled back"),
            unit="ops",
        ),
        timeseries(
            "Cache hits",
            (f"{hit} / ({hit} + {read} > 0)", "of all blocks"),
            unit="percentunit",
            lowest=None,
            help_text="Blocks that were found in PostgreSQL's own memory.",
        ),
        timeseries(
            "Rows",
            *((rate % f"tup_{what}", what) for what in ("returned", "inserted", "updated", "deleted")),
            unit="ops",
        ),
        timeseries("Waiting for a lock", (f"max by (pod) (cnpg_backends_waiting_total{{{_HERE}}})", "{{pod}}")),
        timeseries(
            "Deadlocks and temporary files",
            (rate % "deadlocks", "deadlocks"),
            (rate % "temp_files", "temporary files"),
            unit="ops",
        ),
    ]


def _slow() -> list[timeseries_builder.Panel | table_builder.Panel]:
    statements = f"cnpg_pg_stat_statements_%s{{{_HERE}}}"
    return [
        timeseries(
            "Longest transaction",
            (f"max by (usename) (cnpg_backends_max_tx_duration_seconds{{{_HERE}}})", "{{usename}}"),
            unit="s",
        ),
        table(
            "Slow statements",
            f"""topk(10, max by (query) (
                {statements % "total_seconds"} / {statements % "calls"}))""",
            {"query": "Statement", "Value": "Mean time"},
            unit="s",
            width=16,
            help_text="Mean time of the statements that took the most time in all, since the statistics were reset.",
        ),
    ]


def _wal() -> list[timeseries_builder.Panel]:
    return [
        timeseries("Written", (f"max(rate(cnpg_collector_wal_bytes{{{_HERE}}}{_WINDOW}))", "WAL"), unit="Bps"),
        timeseries(
            "On disk",
            (f'max by (pod) (cnpg_collector_pg_wal{{{_HERE}, value="size"}})', "{{pod}}"),
            unit="bytes",
        ),
        timeseries(
            "Waiting to be archived",
            (f'max by (pod) (cnpg_collector_pg_wal_archive_status{{{_HERE}, value="ready"}})', "{{pod}}"),
            help_text="Segments; they cannot be removed before.",
        ),
    ]


def _disk() -> list[stat_builder.Panel | timeseries_builder.Panel]:
    claims = f'{{{_HERE}, persistentvolumeclaim=~"$app-db-.+"}}'
    return [
        stat(
            "Fullest volume",
            f"max(pocdeploy:volume_used:ratio{claims})",
            unit="percentunit",
            decimals=0,
            steps=USED,
        ),
        stat(
            "Left",
            f"min(pocdeploy:volume_capacity:bytes{claims} - pocdeploy:volume_used:bytes{claims})",
            unit="bytes",
            help_text="On the fullest volume. Where the kubelet has no numbers: of the size that was asked for.",
        ),
        stat(
            "Days until full",
            f"min(pocdeploy:volume_full:days{claims})",
            decimals=1,
            steps=((None, "red"), (4, "orange"), (14, "green")),
            empty="not growing",
            help_text="If it goes on as in the last six hours.",
        ),
        timeseries(
            "Databases",
            (f"max by (datname) (cnpg_pg_database_size_bytes{{{_HERE}}})", "{{datname}}"),
            unit="bytes",
            width=12,
        ),
    ]


def _backups() -> list[stat_builder.Panel]:
    def latest(what: str) -> str:
        return f"max({_BARMAN}_{what}_timestamp{{{_HERE}}} > 0 or cnpg_collector_{what}_timestamp{{{_HERE}}} > 0)"

    recoverable = (
        f"max({_BARMAN}_first_recoverability_point{{{_HERE}}} > 0"
        f" or cnpg_collector_first_recoverability_point{{{_HERE}}} > 0)"
    )
    age = ((None, "green"), (BACKUP_HOURS * _HOUR, "red"))
    return [
        stat("Age of the last backup", f"time() - {latest('last_available_backup')}", unit="s", steps=age, width=6),
        stat(
            "Recoverable from",
            f"{recoverable} * 1000",
            unit="dateTimeAsIso",
            width=6,
            help_text="The earliest moment that can be restored.",
        ),
        stat("Last failed backup", f"{latest('last_failed_backup')} * 1000", unit="dateTimeFromNow", width=6),
        stat(
            "Last WAL archived",
            f"min(cnpg_pg_stat_archiver_seconds_since_last_archival{{{_HERE}}} >= 0)",
            unit="s",
            width=6,
            empty="never",
        ),
        *_drill(),
    ]


def _drill() -> list[stat_builder.Panel]:
    return [
        stat(
            "Age of the last good drill",
            f"time() - max(cnpg_pocdeploy_drill_last_success_timestamp_seconds{{{_HERE}}})",
            unit="s",
            steps=((None, "green"), (DRILL_DAYS * 24 * _HOUR, "red")),
            width=8,
            empty="never",
        ),
        stat(
            "Time to restore (RTO)",
            f"max(cnpg_pocdeploy_drill_restored_seconds{{{_HERE}}})",
            unit="s",
            width=8,
            help_text="Of the last good drill: from the beginning until the restored copy served.",
        ),
        stat(
            "Loss with the machine (RPO)",
            f"max(cnpg_pocdeploy_drill_archived_seconds{{{_HERE}}})",
            unit="s",
            width=8,
            help_text="Of the last good drill: how long the archive took to get what was committed.",
        ),
    ]
