"""Text in whatever encoding an editor chose."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from pocdeploy import textfile
from pocdeploy.errors import PatchError

TEXT = "one\nzwölf €\n"
ENCODINGS = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16LE",
    "utf-16-be": "UTF-16BE",
    "cp1252": "ISO-8859-1",
}


@pytest.mark.parametrize(("encoding", "name"), ENCODINGS.items())
def test_the_encoding_is_recognised(encoding: str, name: str) -> None:
    assert textfile.encoding_of(TEXT.encode(encoding)) == name


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_text_in_unicode_is_read_whole(encoding: str) -> None:
    assert textfile.decode_any(TEXT.encode(encoding)) == TEXT


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "latin-1"])
def test_the_fix_makes_the_file_readable(tmp_path: Path, encoding: str) -> None:
    file, text = tmp_path / "series", "one\nzwölf\n"
    file.write_bytes(text.encode(encoding))

    with pytest.raises(PatchError) as error:
        textfile.read(file, PatchError)

    (finding,) = error.value.findings
    assert (finding.file, finding.line) == (str(file), 2 if encoding == "latin-1" else 1)
    subprocess.run(["bash", "-c", str(finding.fix)], check=True)
    assert textfile.read(file, PatchError) == text


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(PatchError, match=f"{tmp_path}: this file cannot be read"):
        textfile.read(tmp_path, PatchError)


def test_a_byte_order_mark_is_accepted(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(TEXT.encode("utf-8-sig"))

    assert textfile.read(tmp_path / "x", PatchError) == TEXT
