"""A database in the PostgreSQL cluster of another application."""

from components.backend.shared_database.component import SharedDatabase, SharedDatabaseArgs

__all__ = ["SharedDatabase", "SharedDatabaseArgs"]
