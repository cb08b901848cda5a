"""PostgreSQL by CloudNativePG: the operator once, and a database per application."""

from components.backend.backups import Archive, BackupPlugin, BackupPluginArgs
from components.backend.component import Connection, Database, DatabaseArgs, Placement
from components.backend.create import create_database
from components.backend.operator import DatabaseOperator, DatabaseOperatorArgs
from components.backend.shared_database import SharedDatabase, SharedDatabaseArgs

__all__ = [
    "Archive",
    "BackupPlugin",
    "BackupPluginArgs",
    "Connection",
    "Database",
    "DatabaseArgs",
    "DatabaseOperator",
    "DatabaseOperatorArgs",
    "Placement",
    "SharedDatabase",
    "SharedDatabaseArgs",
    "create_database",
]
