"""PostgreSQL by CloudNativePG: the operator once, a database per application."""

from components.backend.component import Connection, Database, DatabaseArgs
from components.backend.create import create_database
from components.backend.operator import DatabaseOperator, DatabaseOperatorArgs
from components.backend.shared import SharedDatabase, SharedDatabaseArgs

__all__ = [
    "Connection",
    "Database",
    "DatabaseArgs",
    "DatabaseOperator",
    "DatabaseOperatorArgs",
    "SharedDatabase",
    "SharedDatabaseArgs",
    "create_database",
]
