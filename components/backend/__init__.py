"""PostgreSQL by CloudNativePG: the operator once, a database per application."""

from components.backend.component import Connection, Database, DatabaseArgs, create_database
from components.backend.operator import DatabaseOperator, DatabaseOperatorArgs

__all__ = ["Connection", "Database", "DatabaseArgs", "DatabaseOperator", "DatabaseOperatorArgs", "create_database"]
