"""Backups of the databases of a stack: make, list, restore, and keep track of them beyond the stack's life."""
