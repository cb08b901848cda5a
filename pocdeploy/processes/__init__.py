"""Run applications as processes of this machine, without Docker, on a local PostgreSQL."""
