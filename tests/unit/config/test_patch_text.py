"""Reading a patch: its files, and how many parts stand before their paths."""

from __future__ import annotations

import pytest

from pocdeploy.config import patch_text

HUNK = "@@ -1 +1 @@\n-a\n+b\n"


@pytest.mark.parametrize(
    ("text", "strip", "paths"),
    [
        (f"--- a/s/x\n+++ b/s/x\n{HUNK}", 1, [("s/x", "s/x")]),
        (f"--- s/x\t(revision 3)\n+++ s/x\t(working copy)\n{HUNK}", 0, [("s/x", "s/x")]),
        (f"--- orig/s/x\t2024-01-01\n+++ new/s/x\t2024-01-02\n{HUNK}", 1, [("s/x", "s/x")]),
        (f"--- x.orig\n+++ x\n{HUNK}", 0, [("x.orig", "x")]),
        (f"diff --git s/x s/x\n--- s/x\n+++ s/x\n{HUNK}", 0, [("s/x", "s/x")]),
        (f"diff --git a/a b a/a b\n--- a/a b\n+++ a/a b\n{HUNK}", 0, [("a/a b", "a/a b")]),
        (f"diff --git a/a b b/a b\n--- a/a b\n+++ b/a b\n{HUNK}", 1, [("a b", "a b")]),
        ('diff --git "a/\\303\\234" "b/\\303\\234"\n--- "a/\\303\\234"\n+++ "b/\\303\\234"\n' + HUNK, 1, [("Ü", "Ü")]),
        ("diff --git b/n b/n\nnew file mode 100644\n--- /dev/null\n+++ b/n\n@@ -0,0 +1 @@\n+x\n", 1, [(None, "n")]),
        ("--- /dev/null\n+++ s/n\n@@ -0,0 +1 @@\n+x\n", 0, [(None, "s/n")]),
        ("diff --git a/o b/n\nsimilarity index 100%\nrename from o\nrename to n\n", 1, [("o", "n")]),
        ("diff --git s/o s/n\nsimilarity index 100%\nrename from s/o\nrename to s/n\n", 0, [("s/o", "s/n")]),
        ("diff --git a/r b/r\nold mode 100644\nnew mode 100755\n", 1, [("r", "r")]),
        (f"--- a/x\n+++ b/x\n{HUNK}diff --git x x\n--- x\n+++ x\n{HUNK}", None, None),
    ],
)
def test_paths_are_those_of_the_application(
    text: str, strip: int | None, paths: list[tuple[str | None, str | None]] | None
) -> None:
    patch = patch_text.parse(text.encode())

    assert patch.strip == strip
    assert paths is None or [patch_text.paths(file, strip or 0) for file in patch.files] == paths


def test_lines_of_a_hunk_are_no_headers() -> None:
    inner = ["--- a/no", "+++ b/no", "diff --git a/no b/no", "Only in no: x", "Binary files a and b differ"]
    hunk = "".join(f"-{line}\n+{line}!\n" for line in inner)
    text = f"--- a/x\n+++ b/x\n@@ -1,5 +1,5 @@\n{hunk}\\ No newline at end of file\n"
    patch = patch_text.parse(text.encode())

    assert len(patch.files) == 1
    assert patch.files[0].added == tuple(f"{line}!" for line in inner)
    assert (patch.only_in, patch.short_hunk) == ((), None)


def test_prose_of_a_mail_is_not_read() -> None:
    text = "From: x\nSubject: y\n\nOnly in Django 5: z\n---\n x | 2 +-\n\ndiff --git a/x b/x\n--- a/x\n+++ b/x\n"
    patch = patch_text.parse(f"{text}{HUNK}-- \n2.40.1\n".encode())

    assert (len(patch.files), patch.only_in, patch.short_hunk) == (1, (), None)
