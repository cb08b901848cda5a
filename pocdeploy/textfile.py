"""Read text that a person has saved, in whatever encoding the editor chose."""

from __future__ import annotations

import codecs
from pathlib import Path

from pocdeploy.errors import Finding, PocdeployError

_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
"""Byte order mark -> Python's name of the encoding."""


def encoding_of(content: bytes) -> str:
    """Return what the encoding of a text probably is: UTF-8, UTF-16 or ISO-8859-1, as iconv names them."""
    # Text in UTF-16 without a mark has zero bytes; no other text has.
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "UTF-16"
    if b"\0" in content:
        return "UTF-16BE" if content.startswith(b"\0") else "UTF-16LE"
    try:
        content.decode()
    except UnicodeDecodeError:
        return "ISO-8859-1"
    return "UTF-8"


def not_utf8(content: bytes, name: str) -> Finding | None:
    """Return a finding with file, line and encoding if a text is not UTF-8; ``name`` is a path that can be pasted."""
    encoding = encoding_of(content)
    if encoding == "UTF-8":
        return None
    line = 1
    if encoding == "ISO-8859-1":
        line += content.count(b"\n", 0, _first_fault(content))
    return Finding(
        where=name,
        what=f"this file is not UTF-8, but probably {encoding}",
        expected="UTF-8",
        fix=f"iconv -f {encoding} -t UTF-8 {name} >{name}.new && mv {name}.new {name}",
        file=name,
        line=line,
    )


def decode(content: bytes, name: str, error: type[PocdeployError]) -> str:
    """Return a text in UTF-8, with or without a byte order mark; raises ``error``, which names file and encoding."""
    finding = not_utf8(content, name)
    if finding:
        raise error([finding])
    return content.decode("utf-8-sig")


def read(file: Path, error: type[PocdeployError], name: str | None = None) -> str:
    """Return the text of a file in UTF-8; raises ``error`` if it cannot be read. ``name`` is its path in messages."""
    shown = name or str(file)
    try:
        content = file.read_bytes()
    except OSError as fault:
        what = f"this file cannot be read: {fault.strerror}"
        raise error([Finding(where=shown, what=what, fix=f"ls -l {shown}")]) from None
    return decode(content, shown, error)


def decode_any(content: bytes) -> str:
    """Return a text in any encoding: what its byte order mark says, else UTF-8, else ISO-8859-1."""
    for mark, encoding in _MARKS.items():
        if content.startswith(mark):
            return content.decode(encoding, errors="replace")
    return content.decode(encoding_of(content), errors="replace")


def _first_fault(content: bytes) -> int:
    try:
        content.decode()
    except UnicodeDecodeError as fault:
        return fault.start
    return 0
