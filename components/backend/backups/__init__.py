"""Backups of the databases by plugin-barman-cloud: the plugin once, and an archive per database."""

from components.backend.backups.archive import Archive
from components.backend.backups.plugin import BackupPlugin, BackupPluginArgs

__all__ = ["Archive", "BackupPlugin", "BackupPluginArgs"]
