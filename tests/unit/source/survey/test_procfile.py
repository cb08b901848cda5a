"""Lines of a Procfile."""

from __future__ import annotations

from pathlib import Path

from pocdeploy.config import source_files
from pocdeploy.source.survey.procfile import procfile
from tests.unit.source.trees import write


def test_lines_have_a_name_and_a_command(tmp_path: Path) -> None:
    text = "# comment\r\nWeb: gunicorn x\r\n\r\nworker:  rq worker\nno command:\n"

    assert procfile(source_files.read(write(tmp_path, {"Procfile": text}))) == {
        "web": "gunicorn x",
        "worker": "rq worker",
    }
