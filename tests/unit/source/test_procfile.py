"""Reading a Procfile."""

from __future__ import annotations

from pathlib import Path

import pytest

from pocdeploy.errors import PatchError
from pocdeploy.source.procfile import read

GOOD = """
# what serves
web:  gunicorn shop.wsgi --log-file -
release: python manage.py migrate

Mail_Worker : celery -A shop worker
"""


def test_lines_are_names_and_commands(tmp_path: Path) -> None:
    file = tmp_path / "Procfile"
    file.write_text(GOOD)

    assert read(file, "Procfile") == {
        "web": "gunicorn shop.wsgi --log-file -",
        "release": "python manage.py migrate",
        "mail-worker": "celery -A shop worker",
    }


def test_source_without_a_procfile_has_no_processes(tmp_path: Path) -> None:
    assert read(tmp_path / "Procfile", "Procfile") == {}


BAD: list[tuple[str, list[tuple[str, str]]]] = [
    ("web\n", [("1", "is no line")]),
    ("web:\n", [("1", "is no line")]),
    ("web: serve\n  extra line\n", [("2", "is no line")]),
    ("#!/bin/sh\nexec serve\n", [("2", "is no line")]),
    ("web: serve\nWEB: serve\n", [("2", "two processes web")]),
    ("web: serve\nweb: serve\n", [("2", "two processes web")]),
    ("1st: serve\n", [("1", "beginning with a letter")]),
    (f"{'w' * 21}: serve\n", [("1", "at most 20 characters")]),
    ("migrate: serve\n", [("1", "another name than those of other parts")]),
    ("my worker: work\nservices: \n", [("1", "is no line"), ("2", "is no line")]),
]


@pytest.mark.parametrize(("text", "problems"), BAD, ids=[text[:12] for text, _ in BAD])
def test_each_line_that_is_none_is_named(tmp_path: Path, text: str, problems: list[tuple[str, str]]) -> None:
    file = tmp_path / "Procfile"
    file.write_text(text)
    with pytest.raises(PatchError) as caught:
        read(file, "app/shop/Procfile")

    found = caught.value.findings
    assert [finding.where for finding in found] == [f"app/shop/Procfile:{line}" for line, _ in problems]
    assert all(words in finding.what for finding, (_, words) in zip(found, problems, strict=True))
    assert {finding.fix for finding in found} == {"cat app/shop/Procfile"}


@pytest.mark.parametrize("content", [b"web: \xff\xfe", None], ids=["not text", "a folder"])
def test_procfile_that_cannot_be_read_is_refused(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "Procfile"
    if content is None:
        file.mkdir()
    else:
        file.write_bytes(content)
    with pytest.raises(PatchError, match=r"cannot be read|not UTF-8, but probably ISO-8859-1"):
        read(file, "app/shop/Procfile")
