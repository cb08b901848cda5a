"""Small sources of many kinds, from `sources.yaml`."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from pocdeploy.config import source_files
from pocdeploy.source.survey.draft import survey
from pocdeploy.source.survey.report import Draft
from tests.unit.source.trees import write


@dataclass(frozen=True)
class Source:
    """Files of a source, and what a draft of it has."""

    files: dict[str, str]
    entry: dict[str, Any]
    """Key with dots -> value."""
    without: list[str] = field(default_factory=list)
    """Keys with dots that are not set."""
    missing: list[str] = field(default_factory=list)
    """Words of the sentences about what a person has to add."""
    assumed: list[str] = field(default_factory=list)


SOURCES = {
    kind: Source(**each)
    for kind, each in yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text("utf-8")).items()
}


def files_of(tmp_path: Path, kind: str) -> source_files.SourceFiles:
    """Return the files of a source that is written to the disk."""
    return source_files.read(write(tmp_path / "source", SOURCES[kind].files))


def drafted(tmp_path: Path, kind: str) -> Draft:
    """Return the draft of a source."""
    return survey(files_of(tmp_path, kind), "../source")
