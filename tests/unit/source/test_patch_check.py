"""Patches that git would apply in part, or refuse in its own words."""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pocdeploy.errors import PatchError
from pocdeploy.source.build_context import prepare
from tests.unit.source.trees import diff, write

OLD = {"shop/conf.py": "DEBUG = True\n\nNAME = 1\n", "conf.py": "DEBUG = True\n", "run.sh": "exec x\n"}
NEW = {**OLD, "shop/conf.py": "DEBUG = False\n\nNAME = 1\n"}
SUBMODULE = (
    "diff --git a/vendor b/vendor\nindex 1111111..2222222 160000\n--- a/vendor\n+++ b/vendor\n@@ -1 +1 @@\n"
    "-Subproject commit 1111111\n+Subproject commit 2222222\n"
)
NEW_SUBMODULE = (
    "diff --git a/vendor b/vendor\nnew file mode 160000\nindex 0000000..2222222\n--- /dev/null\n+++ b/vendor\n"
    "@@ -0,0 +1 @@\n+Subproject commit 2222222\n"
)


def text(after: dict[str, str]) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        return diff(Path(folder), OLD, after)


PATCH = text(NEW)
ONLY_NEW = text({**OLD, "probe.sh": "exec y\n"})
REFUSED = {
    "Windows line ends": (PATCH.replace(b"\n", b"\r\n"), "has Windows line ends"),
    "Windows line ends of a new file": (ONLY_NEW.replace(b"\n", b"\r\n"), "has Windows line ends"),
    "UTF-16": (PATCH.decode().encode("utf-16"), "is not UTF-8, but probably UTF-16"),
    "UTF-16 without a mark": (PATCH.decode().encode("utf-16-le"), "is not UTF-8, but probably UTF-16LE"),
    "a submodule": (SUBMODULE.encode(), "changes the submodule vendor"),
    "a new submodule": (NEW_SUBMODULE.encode(), "changes the submodule vendor"),
    "a binary file without content": (
        b"diff --git a/l.png b/l.png\nindex 1..2 100644\nBinary files a/l.png and b/l.png differ\n" + PATCH,
        "does not have the content of l.png",
    ),
    "a binary file of diff -r": (
        b"--- a/run.sh\n+++ b/run.sh\n@@ -1 +1 @@\n-exec x\n+exec y\nBinary files a/l.png and b/l.png differ\n",
        "does not have the content of l.png",
    ),
    "a file in one folder only": (
        b"--- a/run.sh\n+++ b/run.sh\n@@ -1 +1 @@\n-exec x\n+exec y\nOnly in b/shop: extra.py\n",
        "does not have a file that is new or gone",
    ),
    "a page of a browser": (b"<!DOCTYPE html><html></html>\n", "contains no patch"),
    "colours": (b"\x1b[1mdiff --git a/x b/x\x1b[m\n\x1b[1m--- a/x\x1b[m\n", "the colours of a terminal"),
    "a mail": (b"Content-Transfer-Encoding: quoted-printable\n\n" + PATCH.replace(b"=", b"=3D"), "quoted-printable"),
    "two forms of names": (
        PATCH + b"diff --git run.sh run.sh\n--- run.sh\n+++ run.sh\n@@ -1 +1 @@\n-exec x\n+exec y\n",
        "has names with and without a/ and b/",
    ),
    "a cut hunk": (PATCH[: PATCH.rindex(b" NAME")], "a hunk has fewer lines"),
    "a patch that is in already": (
        b"--- a/run.sh\n+++ b/run.sh\n@@ -1 +1 @@\n-exec w\n+exec x\n",
        "is in the application already",
    ),
}


@pytest.mark.parametrize(("content", "reason"), REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_be_applied_whole_is_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    patches = write(tmp_path / "patches", {"1.patch": content})

    with pytest.raises(PatchError) as error:
        prepare(write(tmp_path / "app", OLD), tmp_path / "out", patches=patches)

    finding = error.value.findings[0]
    assert reason in finding.what
    assert finding.where.startswith(str(patches / "1.patch"))
    assert not (tmp_path / "out").exists()


def test_the_line_ends_of_a_file_that_differ_are_named(tmp_path: Path) -> None:
    source = write(tmp_path / "app", {name: each.replace("\n", "\r\n") for name, each in OLD.items()})

    with pytest.raises(PatchError) as error:
        prepare(source, tmp_path / "out", patches=write(tmp_path / "patches", {"1.patch": PATCH}))

    assert error.value.findings[0].actual == (
        "shop/conf.py has Windows line ends (CRLF), and the patch has Unix line ends (LF)"
    )


NAMES = st.sampled_from(["x.py", "shop/x.py", "shop/new dir/ü.txt"])
TREES = st.dictionaries(NAMES, st.text("ab\n", max_size=9).map(str.encode) | st.just(b"\0\1binary"), min_size=1)
SPOILED = {
    "nothing": lambda patch: patch,
    "a mark": lambda patch: b"\xef\xbb\xbf" + patch,
    "no last line end": lambda patch: patch.removesuffix(b"\n"),
    "no prefixes": lambda patch: re.sub(rb'([ "])[ab]/', rb"\1", patch),
    "no prefix once": lambda patch: patch.replace(b" b/", b" ", 1),
    "Windows line ends": lambda patch: patch.replace(b"\n", b"\r\n"),
    "UTF-16": lambda patch: patch.decode("latin-1").encode("utf-16"),
    "no spaces at line ends": lambda patch: b"\n".join(line.rstrip() for line in patch.split(b"\n")),
    "no head of git": lambda patch: b"\n".join(
        line for line in patch.split(b"\n") if line[:5] not in (b"diff ", b"index")
    ),
}


@settings(derandomize=True, max_examples=60, deadline=None)
@given(TREES, TREES, st.sampled_from(sorted(SPOILED)))
def test_a_patch_is_applied_whole_or_refused(before: dict[str, bytes], after: dict[str, bytes], fault: str) -> None:
    folder = Path(tempfile.mkdtemp())
    try:
        assume(before != after)
        patches = write(folder / "patches", {"1.patch": SPOILED[fault](diff(folder, before, after))})
        try:
            prepare(write(folder / "app", before), folder / "out", patches=patches)
        except PatchError:
            assert fault != "nothing"
            return
        made = {
            str(path.relative_to(folder / "out")): path.read_bytes()
            for path in (folder / "out").rglob("*")
            if path.is_file()
        }
        assert made == after
    finally:
        shutil.rmtree(folder)
