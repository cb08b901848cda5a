"""Checks before anything is created: configuration, downloads, existing clusters and AWS."""
