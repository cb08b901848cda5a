"""Find out why a patch cannot be applied whole, before git leaves a part of it out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pocdeploy import textfile
from pocdeploy.config import patch_text
from pocdeploy.config.patch_text import Patch
from pocdeploy.errors import Finding

_MAIL = re.compile(r"(?mi)^Content-Transfer-Encoding: *(quoted-printable|base64)")

_WHOLE = "the whole patch, as the program that made it wrote it"


def faults(file: Path, content: bytes, patch: Patch, tree: Path) -> list[Finding]:
    """Return findings about a patch that git would apply in part, at a wrong place, or refuse in its own words.

    ``patch`` is what the content says; ``tree`` has the files that it will change.
    """
    encoding = textfile.encoding_of(content)
    if encoding.startswith("UTF-16"):
        finding = textfile.not_utf8(content, str(file))
        return [finding] if finding else []
    if not patch.files and not patch.only_in and not patch.without_head:
        return [_no_patch(file, content)]
    found = [*_incomplete(file, patch)]
    if mail := _MAIL.search(content.decode("latin-1")):
        what = f"is a mail in {mail[1].lower()}, which changes the lines of the patch"
        found.append(_finding(file, 1, what, "the patch as `git format-patch` writes it"))
    if patch.strip is None and not found:
        expected = "the output of one `git diff`, in which all names begin with a/ and b/, or none does"
        found.append(_finding(file, 1, "has names with and without a/ and b/", expected))
    elif not found and _is_converted(content) and not _has_windows_files(patch, tree):
        what = "has Windows line ends (CRLF), and the files that it changes have not"
        found.append(_finding(file, 1, what, "line ends as in the application", fix=f"perl -pi -e 's/\\r$//' {file}"))
    return found


def _incomplete(file: Path, patch: Patch) -> Iterator[Finding]:
    for each in patch.files:
        old, new = patch_text.paths(each, patch.strip or 0)
        name = new or old
        if each.is_submodule:
            what = f"changes the submodule {name}, whose files are not in the patch"
            yield _finding(file, each.line, what, "a patch of files, made in the submodule")
        elif each.expects_content and not each.has_content:
            what = f"does not have the content of {name}, which may be a binary file"
            yield _finding(file, each.line, what, "the output of `git diff --binary`")
    for line, text in patch.only_in:
        yield _finding(file, line, "does not have a file that is new or gone", "the output of `diff -ruN`", actual=text)
    if patch.without_head:
        yield _finding(file, patch.without_head, "a part has no line `diff --git`", _WHOLE)
    if patch.short_hunk:
        what = "a hunk has fewer lines than its first line says"
        yield _finding(file, patch.short_hunk, what, _WHOLE)


def why_not(content: bytes, tree: Path, name: str) -> str | None:
    """Return the reason why a hunk for a file does not fit, if it is not that the text is another one."""
    old = tree / name
    if not old.is_file():
        return None
    has_windows_ends = b"\r\n" in old.read_bytes()
    body = [line for line in content.split(b"\n") if line[:1] in (b" ", b"-") and not line.startswith(b"---")]
    if body and has_windows_ends != all(line.endswith(b"\r") for line in body):
        windows, unix = "Windows line ends (CRLF)", "Unix line ends (LF)"
        ends = (windows, unix) if has_windows_ends else (unix, windows)
        return f"{name} has {ends[0]}, and the patch has {ends[1]}"
    return None


def _is_converted(content: bytes) -> bool:
    """Return whether all line ends were changed: those of lines that are part of no file, too."""
    head = re.search(rb"(?m)^(?:diff --git|\+\+\+ )[^\n]*$", content)
    return head is not None and head[0].endswith(b"\r")


def _has_windows_files(patch: Patch, tree: Path) -> bool:
    changed = [tree / old for old, _ in (patch_text.paths(each, patch.strip or 0) for each in patch.files) if old]
    return any(b"\r\n" in each.read_bytes() for each in changed if each.is_file())


def _no_patch(file: Path, content: bytes) -> Finding:
    first = next((line for line in textfile.decode_any(content).splitlines() if line.strip()), "")
    if "\x1b[" in first:
        what, expected = "has the colours of a terminal", "the output of `git diff --no-color`"
    else:
        what, expected = "contains no patch", "the output of `git diff`"
    return _finding(file, None, what, expected, actual=re.sub(r"\x1b\[[\d;]*m", "", first)[:80] or "an empty file")


def _finding(file: Path, line: int | None, what: str, expected: str, **more: Any) -> Finding:
    return Finding(where=f"{file}:{line}" if line else str(file), what=what, expected=expected, **more)
