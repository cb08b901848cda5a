"""Run a patched application without Docker, on a local PostgreSQL."""
