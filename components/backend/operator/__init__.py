"""CloudNativePG, the operator of the databases."""

from components.backend.operator.component import DatabaseOperator, DatabaseOperatorArgs

__all__ = ["DatabaseOperator", "DatabaseOperatorArgs"]
