"""Defaults of a stack: the only place in the code that names an application."""

APP = "polls"
"""Application of a stack that names none, as in Pulumi.yaml."""
