"""Names of the environment variables that pocdeploy sets."""

from __future__ import annotations

DATABASE_VARIABLES = ("DATABASE_NAME", "DATABASE_USER", "DATABASE_PASSWORD", "DATABASE_HOST", "DATABASE_PORT")
"""Variables of an application with a database; `databaseEnv` can rename them."""
DATABASE_URL = "DATABASE_URL"
"""All of them in one. A variable or secret of this name that the user has set is used instead."""
SECRET_KEY = "SECRET_KEY"  # noqa: S105 -- the name of a variable
ADMIN_PASSWORD = "ADMIN_PASSWORD"  # noqa: S105 -- the name of a variable
CACHE_VARIABLES = ("REDIS_URL", "CACHE_URL")
"""Variables of an application with a cache."""
STACK_VARIABLE, COMMIT_VARIABLE = "POCDEPLOY_STACK", "POCDEPLOY_COMMIT"
"""Variables with the stack's name, and with the commit of the source if it is known."""
RESERVED_VARIABLES = frozenset(
    {
        SECRET_KEY,
        "ALLOWED_HOSTS",
        "CSRF_TRUSTED_ORIGINS",
        "PORT",
        "METRICS_PORT",
        STACK_VARIABLE,
        COMMIT_VARIABLE,
        *DATABASE_VARIABLES,
    }
)
"""Variables that pocdeploy sets itself."""
