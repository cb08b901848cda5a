"""Situations of a database."""

from __future__ import annotations

from tests.monitoring.cases.case import HOURS, fires, silent

_ONE, _TWO = ('namespace="shop", pod="shop-db-1"', 'namespace="shop", pod="shop-db-2"')
_THREE = 'namespace="shop", pod="shop-db-3"'
_RECOVERY, _UP = "cnpg_pg_replication_in_recovery{%s}", "cnpg_collector_up{%s}"
_RECEIVES = "cnpg_pg_replication_is_wal_receiver_up{%s}"
_PRIMARY = {"namespace": "shop", "pod": "shop-db-1"}
_REPLICA = {"namespace": "shop", "pod": "shop-db-2"}
_BROKEN = "shop: PostgreSQL is not whole again after a failure"
_WHOLE = {_UP % _ONE: "1x60", _UP % _TWO: "1x60", _UP % _THREE: "1x60"}

DATABASE = [
    fires(
        "DatabaseNoPrimary",
        "there are only replicas",
        "shop: no PostgreSQL instance takes writes",
        {_RECOVERY % _ONE: "1x50", _RECOVERY % _TWO: "1x50"},
    ),
    fires("DatabaseNoPrimary", "no instance answers", "shop: no PostgreSQL instance takes writes", {}),
    silent("DatabaseNoPrimary", "there is one", {_RECOVERY % _ONE: "0x50", _RECOVERY % _TWO: "1x50"}),
    silent(
        "DatabaseNoPrimary",
        "another took over in time",
        {_RECOVERY % _ONE: "0x36 stale", _RECOVERY % _TWO: "1x38 0x12"},
        at="19m",
    ),
    fires(
        "DatabaseFailedOver",
        "a replica was promoted",
        "shop: shop-db-2 has become the primary",
        {_RECOVERY % _ONE: "0x30 stale", _RECOVERY % _TWO: "1x31 0x20"},
        labels=_REPLICA,
    ),
    silent(
        "DatabaseFailedOver",
        "that was long ago",
        {_RECOVERY % _ONE: "0x5 1x50", _RECOVERY % _TWO: "1x5 0x50"},
    ),
    silent("DatabaseFailedOver", "nothing has changed", {_RECOVERY % _ONE: "0x50", _RECOVERY % _TWO: "1x50"}),
    fires("DatabaseFailoverFailed", "an instance stays away", _BROKEN, {_UP % _ONE: "1x50", _UP % _TWO: "1x50"}),
    fires(
        "DatabaseFailoverFailed",
        "an instance follows no primary",
        _BROKEN,
        {**_WHOLE, _RECOVERY % _TWO: "1x50", _RECEIVES % _TWO: "0x50"},
    ),
    fires(
        "DatabaseFailoverFailed",
        "the operator may not switch over",
        _BROKEN,
        {**_WHOLE, f"cnpg_collector_manual_switchover_required{{{_ONE}}}": "1x50"},
    ),
    silent(
        "DatabaseFailoverFailed",
        "all are there, and follow",
        {
            **_WHOLE,
            _RECOVERY % _ONE: "0x50",
            _RECEIVES % _ONE: "0x50",
            _RECOVERY % _TWO: "1x50",
            _RECEIVES % _TWO: "1x50",
            f"cnpg_collector_manual_switchover_required{{{_ONE}}}": "0x50",
        },
    ),
    silent(
        "DatabaseFailoverFailed",
        "an instance was away for two minutes",
        {_UP % _ONE: "1x50", _UP % _TWO: "1x50", _UP % _THREE: "1x30 0x4 1x20"},
        at="17m",
    ),
    fires(
        "DatabaseReplicationLag",
        "a replica lags",
        "shop: shop-db-2 is 45s behind the primary",
        {f"cnpg_pg_replication_lag{{{_TWO}}}": "45x50"},
        labels=_REPLICA,
    ),
    silent("DatabaseReplicationLag", "a replica is close", {f"cnpg_pg_replication_lag{{{_TWO}}}": "5x50"}),
    fires(
        "DatabaseConnectionsNearLimit",
        "nine of ten are in use",
        "shop: shop-db-1 uses 90% of its connections",
        {
            f'cnpg_backends_total{{{_ONE}, state="active"}}': "50x50",
            f'cnpg_backends_total{{{_ONE}, state="idle"}}': "40x50",
            f'cnpg_pg_settings_setting{{{_ONE}, name="max_connections"}}': "100x50",
        },
        labels=_PRIMARY,
    ),
    silent(
        "DatabaseConnectionsNearLimit",
        "half of them are in use",
        {
            f'cnpg_backends_total{{{_ONE}, state="active"}}': "50x50",
            f'cnpg_pg_settings_setting{{{_ONE}, name="max_connections"}}': "100x50",
        },
    ),
    fires(
        "DatabaseLongTransaction",
        "one is open for minutes",
        "shop: transaction of shop open for 6m 40s",
        {f'cnpg_backends_max_tx_duration_seconds{{{_ONE}, datname="shop", usename="shop", state="active"}}': "400x50"},
        labels={**_PRIMARY, "datname": "shop", "usename": "shop"},
    ),
    silent(
        "DatabaseLongTransaction",
        "one is open for seconds",
        {f'cnpg_backends_max_tx_duration_seconds{{{_ONE}, datname="shop", usename="shop", state="active"}}': "20x50"},
    ),
    fires(
        "DatabaseBackupTooOld",
        "the last one was yesterday",
        "shop: the last backup is 1d 4h 0m 0s old",
        {f"barman_cloud_cloudnative_pg_io_last_available_backup_timestamp{{{_ONE}}}": f"3600{HOURS}"},
        at="29h",
        step="5m",
    ),
    fires(
        "DatabaseBackupTooOld",
        "none was ever made",
        "shop: the last backup is 1d 5h 0m 0s old",
        {f"barman_cloud_cloudnative_pg_io_last_available_backup_timestamp{{{_ONE}}}": f"0{HOURS}"},
        at="29h",
        step="5m",
    ),
    silent(
        "DatabaseBackupTooOld",
        "the last one was an hour ago",
        {f"barman_cloud_cloudnative_pg_io_last_available_backup_timestamp{{{_ONE}}}": f"100800{HOURS}"},
        at="29h",
        step="5m",
    ),
    silent(
        "DatabaseBackupTooOld",
        "backups are not configured",
        {f"cnpg_collector_last_available_backup_timestamp{{{_ONE}}}": f"0{HOURS}"},
        at="29h",
        step="5m",
    ),
    fires(
        "DatabaseArchivingFails",
        "the store refuses everything",
        "shop: the write-ahead log is not archived, and fills the volume",
        {
            f"cnpg_pg_stat_archiver_failed_count{{{_ONE}}}": "5+1x60",
            f"cnpg_pg_stat_archiver_archived_count{{{_ONE}}}": "7x60",
        },
        at="40m",
    ),
    silent(
        "DatabaseArchivingFails",
        "a promotion left some failures",
        {
            f"cnpg_pg_stat_archiver_failed_count{{{_ONE}}}": "0x10 5x50",
            f"cnpg_pg_stat_archiver_archived_count{{{_ONE}}}": "7+0.2x60",
        },
        at="40m",
    ),
    silent(
        "DatabaseArchivingFails",
        "some attempts fail, and the next ones succeed",
        {
            f"cnpg_pg_stat_archiver_failed_count{{{_ONE}}}": "5+1x60",
            f"cnpg_pg_stat_archiver_archived_count{{{_ONE}}}": "7+1x60",
        },
        at="40m",
    ),
    fires(
        "DatabaseDrillTooOld",
        "no drill ever succeeded",
        "shop: no restore has been proved for 8d 2h 0m 0s",
        {'kube_cronjob_created{namespace="shop", cronjob="shop-db-drill"}': "0x200"},
        at="194h",
        step="1h",
    ),
    silent(
        "DatabaseDrillTooOld",
        "the last one was two days ago",
        {
            'kube_cronjob_created{namespace="shop", cronjob="shop-db-drill"}': "0x200",
            'kube_cronjob_status_last_successful_time{namespace="shop", cronjob="shop-db-drill"}': "518400x200",
        },
        at="194h",
        step="1h",
    ),
    silent(
        "DatabaseDrillTooOld",
        "other CronJobs have nothing to do with it",
        {'kube_cronjob_created{namespace="shop", cronjob="shop-mail"}': "0x200"},
        at="194h",
        step="1h",
    ),
]
