"""Recognise the framework of a source."""

from __future__ import annotations

from pocdeploy.config.dependencies import dependencies
from pocdeploy.config.frameworks import catalog
from pocdeploy.config.source_files import SourceFiles


def recognise(files: SourceFiles) -> str | None:
    """Return the name of the framework of a source; None if no file describes it."""
    packages = frozenset(dependencies(files))
    ordered = sorted(catalog.names(), key=lambda name: catalog.get(name).rank)
    return next((name for name in ordered if catalog.get(name).recognise.holds(files, packages)), None)
