"""Build contexts: real trees, patched by the real git."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pocdeploy.errors import PatchError, PreflightError
from pocdeploy.source import build_context
from pocdeploy.source.build_context import prepare
from tests.paths import ROOT
from tests.unit.source.trees import APP, contents, diff, write


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write(tmp_path / "app", APP)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "work" / "copy"


def findings_of(error: pytest.ExceptionInfo[PatchError]) -> list[str]:
    return [str(finding) for finding in error.value.findings]


@pytest.mark.parametrize("kind", ["none", "missing", "empty", "only a readme"])
def test_without_patches_the_copy_equals_the_source(tmp_path: Path, source: Path, target: Path, kind: str) -> None:
    patches = None if kind == "none" else tmp_path / "patches"
    if kind in {"empty", "only a readme"}:
        patches.mkdir()
    if kind == "only a readme":
        write(patches, {"README.md": "why"})
    assert prepare(source, target, patches=patches) == []
    assert {name: (target / name).read_text() for name in APP} == APP


def test_patches_apply_in_name_order_and_may_touch_the_same_file(tmp_path: Path, source: Path, target: Path) -> None:
    first = {**APP, "manage.py": "ONE\ntwo\nthree\n"}
    second = {**first, "manage.py": "ONE\nTWO\nthree\n"}
    patches = write(
        tmp_path / "patches", {"0002-b.diff": diff(tmp_path, first, second), "0001-a.patch": diff(tmp_path, APP, first)}
    )
    assert prepare(source, target, patches=patches) == [patches / "0001-a.patch", patches / "0002-b.diff"]
    assert (target / "manage.py").read_text() == "ONE\nTWO\nthree\n"


def test_series_gives_the_order(tmp_path: Path, source: Path, target: Path) -> None:
    first = {**APP, "manage.py": "ONE\ntwo\nthree\n"}
    second = {**first, "manage.py": "uno\ntwo\nthree\n"}
    files = {"b.patch": diff(tmp_path, APP, first), "a.patch": diff(tmp_path, first, second)}
    patches = write(tmp_path / "patches", {**files, "series": "# the order matters\nb.patch\n\na.patch # last\n"})
    assert [patch.name for patch in prepare(source, target, patches=patches)] == ["b.patch", "a.patch"]
    assert (target / "manage.py").read_text() == "uno\ntwo\nthree\n"


def test_files_are_made_deleted_and_binary_ones_changed(tmp_path: Path, target: Path) -> None:
    before = {**APP, "logo.png": b"\x89PNG\x00\x01\x02"}
    after = {"manage.py": APP["manage.py"], "new/deep.py": "new\n", "logo.png": b"\x89PNG\x00\xff\xfe\x00"}
    source = write(tmp_path / "app", before)
    patches = write(tmp_path / "patches", {"1.patch": diff(tmp_path, before, after)})
    prepare(source, target, patches=patches)
    assert {str(p.relative_to(target)) for p in target.rglob("*") if p.is_file()} == set(after)
    assert (target / "logo.png").read_bytes() == after["logo.png"]


def test_a_rename_moves_the_file(tmp_path: Path, source: Path, target: Path) -> None:
    patch = "diff --git a/site/old.py b/site/new.py\nsimilarity index 100%\n"
    patch += "rename from site/old.py\nrename to site/new.py\n"
    prepare(source, target, patches=write(tmp_path / "patches", {"1.patch": patch}))
    assert not (target / "site/old.py").exists()
    assert (target / "site/new.py").read_text() == "old\n"


@pytest.mark.parametrize("ending", [b"\n", b"\r\n"])
def test_line_endings_are_kept(tmp_path: Path, target: Path, ending: bytes) -> None:
    before, after = ({"f.txt": ending.join([b"one", middle, b"three", b""])} for middle in (b"two", b"TWO"))
    source = write(tmp_path / "app", before)
    prepare(source, target, patches=write(tmp_path / "patches", {"1.patch": diff(tmp_path, before, after)}))
    assert (target / "f.txt").read_bytes() == after["f.txt"]


@pytest.mark.parametrize("where", ["nowhere", "file", "environment"])
def test_a_patch_must_match_line_endings(
    tmp_path: Path, target: Path, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = write(tmp_path / "app", {"f.txt": b"one\r\ntwo\r\n"})
    patch = diff(tmp_path, {"f.txt": "one\ntwo\n"}, {"f.txt": "one\nTWO\n"})
    if where == "file":
        write(tmp_path, {".gitconfig": "[apply]\n\tignoreWhitespace = change\n"})
        monkeypatch.setenv("HOME", str(tmp_path))
    if where == "environment":
        monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
        monkeypatch.setenv("GIT_CONFIG_KEY_0", "apply.ignoreWhitespace")
        monkeypatch.setenv("GIT_CONFIG_VALUE_0", "change")
    with pytest.raises(PatchError, match=r"does not apply to f\.txt: hunk 1"):
        prepare(source, target, patches=write(tmp_path / "patches", {"1.patch": patch}))


def test_a_failed_patch_is_named_with_every_file_and_hunk(tmp_path: Path, target: Path) -> None:
    long = {"long.txt": "".join(f"line {n}\n" for n in range(60)), "b.txt": "one\n", "gone.txt": "gone\n"}
    changed = {"long.txt": long["long.txt"].replace("line 5\n", "five\n").replace("line 50\n", "fifty\n")}
    changed["long.txt"] = changed["long.txt"].replace("line 25\n", "twenty-five\n")
    changed |= {"b.txt": "uno\n", "gone.txt": "back\n"}
    source = write(
        tmp_path / "app",
        {"long.txt": long["long.txt"].replace("line 4\n", "four\n").replace("line 51\n", "X\n"), "b.txt": "other\n"},
    )
    patch = diff(tmp_path, long, changed)
    patches = write(tmp_path / "patches", {"1-bad.patch": patch, "2.patch": "x", "3.patch": "y"})
    with pytest.raises(PatchError) as error:
        prepare(source, target, patches=patches)
    where = {finding.where for finding in error.value.findings}
    assert where == {str(patches / "1-bad.patch")}
    assert [finding.what for finding in error.value.findings] == [
        "does not apply to b.txt: hunk 1",
        "does not apply to long.txt: hunk 1, hunk 3",
        "does not apply to gone.txt: No such file or directory",
        "first patch that fails; 2 later patches were not tried",
    ]
    assert list(target.parent.iterdir()) == [target.parent / ".copy.lock"]


@pytest.mark.parametrize(
    "text", ["", "this is no patch\n", "--- a/manage.py\n+++ b/manage.py\n@@ -1,3 +1,3 @@\n one\n"]
)
def test_a_broken_patch_is_an_error(tmp_path: Path, source: Path, target: Path, text: str) -> None:
    with pytest.raises(PatchError, match=r"1\.patch(:3)?: (contains no patch|a hunk has fewer lines)"):
        prepare(source, target, patches=write(tmp_path / "patches", {"1.patch": text}))
    assert not target.exists()


def test_a_failure_leaves_the_previous_copy(tmp_path: Path, source: Path, target: Path) -> None:
    prepare(source, target)
    before = contents(target)
    with pytest.raises(PatchError):
        prepare(source, target, patches=write(tmp_path / "patches", {"1.patch": "nonsense"}))
    assert contents(target) == before


@pytest.mark.parametrize("name", ["../escaped.txt", "/escaped.txt", "site/../../escaped.txt", ".git/config"])
def test_a_patch_cannot_write_outside(tmp_path: Path, source: Path, target: Path, name: str) -> None:
    patch = f"--- /dev/null\n+++ b/{name}\n@@ -0,0 +1 @@\n+hello\n"
    with pytest.raises(PatchError, match="invalid path"):
        prepare(source, target, patches=write(tmp_path / "patches", {"1.patch": patch}))
    assert not list(tmp_path.rglob("escaped.txt"))
    assert not Path("/escaped.txt").exists()


def link_patch(name: str, to: str) -> str:
    header = f"diff --git a/{name} b/{name}\nnew file mode 120000\n--- /dev/null\n+++ b/{name}\n@@ -0,0 +1 @@\n"
    return f"{header}+{to}\n\\ No newline at end of file\n"


@pytest.mark.parametrize("to", ["/etc", "../..", "site/../../x", "out"])
def test_a_patch_cannot_make_a_link_that_leads_out(tmp_path: Path, source: Path, target: Path, to: str) -> None:
    with pytest.raises(PatchError) as error:
        prepare(source, target, patches=write(tmp_path / "patches", {"1.patch": link_patch("out", to)}))
    assert [(finding.where, finding.actual) for finding in error.value.findings] == [("out", to)]
    assert not target.exists()


def test_a_patch_cannot_write_through_a_link(tmp_path: Path, source: Path, target: Path) -> None:
    outside = write(tmp_path / "outside", {"keep": ""})
    patch = link_patch("out", str(outside)) + "--- /dev/null\n+++ b/out/x\n@@ -0,0 +1 @@\n+hello\n"
    with pytest.raises(PatchError, match="beyond a symbolic link"):
        prepare(source, target, patches=write(tmp_path / "patches", {"1.patch": patch}))
    assert [path.name for path in outside.iterdir()] == ["keep"]


def test_modes_do_not_depend_on_the_checkout(tmp_path: Path, source: Path, target: Path) -> None:
    for path, mode in {"manage.py": 0o700, "site/settings.py": 0o666, "site/old.py": 0o400, "site": 0o2775}.items():
        (source / path).chmod(mode)
    patch = "diff --git a/run.sh b/run.sh\nnew file mode 100755\n--- /dev/null\n+++ b/run.sh\n@@ -0,0 +1 @@\n+echo\n"
    patches = write(tmp_path / "patches", {"1.patch": patch})
    before = os.umask(0o077)
    try:
        prepare(source, target, patches=patches)
    finally:
        os.umask(before)
    assert {name: mode[-3:] for name, (mode, _) in contents(target).items()} == {
        "manage.py": "755",
        "run.sh": "755",
        "site": "755",
        "site/settings.py": "644",
        "site/old.py": "644",
    }
    assert target.stat().st_mode & 0o777 == 0o755


@pytest.mark.parametrize("has_own", [True, False])
def test_requirements_are_a_fallback(tmp_path: Path, source: Path, target: Path, *, has_own: bool) -> None:
    fallback = write(tmp_path, {"base.txt": "Django\n"}) / "base.txt"
    patches = write(tmp_path / "patches", {"1.patch": diff(tmp_path, {}, {"requirements.txt": "own\n"})})
    prepare(source, target, patches=patches if has_own else None, requirements=fallback)
    assert (target / "requirements.txt").read_text() == ("own\n" if has_own else "Django\n")
    assert not (source / "requirements.txt").exists()


def test_unusable_arguments_are_all_named(tmp_path: Path) -> None:
    with pytest.raises(PatchError) as error:
        prepare(tmp_path / "none", tmp_path / "t", requirements=tmp_path / "none.txt")
    assert findings_of(error)[0].startswith(f"{tmp_path / 'none'}: directory not found")
    assert "requirements file not found" in findings_of(error)[1]
    file = write(tmp_path, {"file": ""}) / "file"
    with pytest.raises(PatchError, match="is not a directory"):
        prepare(file, tmp_path / "t")
    with pytest.raises(PatchError, match="is not a directory"):
        prepare(write(tmp_path / "app", APP), tmp_path / "t", patches=file)


@pytest.mark.parametrize("overlap", [".", "..", "build"])
def test_the_copy_must_not_overlap_the_source(source: Path, overlap: str) -> None:
    with pytest.raises(PatchError, match="must not overlap"):
        prepare(source, source / overlap)
    assert {name: (source / name).read_text() for name in APP} == APP


def test_the_copy_may_be_in_the_sources_own_pocdeploy_folder(source: Path) -> None:
    prepare(source, source / ".pocdeploy" / "build" / "app")
    prepare(source, source / ".pocdeploy" / "build" / "app")
    assert (source / ".pocdeploy/build/app/manage.py").is_file()
    assert not (source / ".pocdeploy/build/app/.pocdeploy").exists()


def test_the_source_is_untouched_and_two_runs_are_equal(tmp_path: Path, source: Path, target: Path) -> None:
    def digest() -> str:
        stats = [(str(p), p.lstat().st_mtime_ns) for p in sorted(source.rglob("*"))]
        return hashlib.sha256(repr((contents(source), stats)).encode()).hexdigest()

    before = digest()
    patches = write(tmp_path / "patches", {"1.patch": diff(tmp_path, APP, {**APP, "manage.py": "x\n", "n.py": "n\n"})})
    prepare(source, target, patches=patches)
    write(target, {"leftover.txt": "from a person"})
    prepare(source, tmp_path / "second", patches=patches)
    prepare(source, target, patches=patches)
    assert contents(target) == contents(tmp_path / "second")
    assert digest() == before


@pytest.mark.parametrize("where", ["ignored/deep", "tracked"])
def test_a_copy_inside_another_repository_is_really_patched(
    tmp_path: Path, source: Path, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository = write(tmp_path / "repo:with:colons", {".gitignore": "/ignored/\n"})
    subprocess.run(["git", "init", "-q", str(repository)], check=True)
    monkeypatch.setenv("GIT_DIR", str(repository / ".git"))
    patches = write(tmp_path / "patches", {"1.patch": diff(tmp_path, APP, {**APP, "manage.py": "patched\n"})})
    prepare(source, repository / where, patches=patches)
    assert (repository / where / "manage.py").read_text() == "patched\n"


def test_a_patch_that_git_skips_is_an_error(
    tmp_path: Path, source: Path, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    monkeypatch.setattr(build_context, "_git_environment", dict)
    patches = write(tmp_path / "patches", {"1.patch": diff(tmp_path, APP, {**APP, "manage.py": "patched\n"})})
    with pytest.raises(PatchError, match="git skipped a part of it"):
        prepare(source, target, patches=patches)


def test_without_git_only_patches_are_a_problem(
    tmp_path: Path, source: Path, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    patches = write(tmp_path / "patches", {"1.patch": diff(tmp_path, APP, {**APP, "manage.py": "x\n"})})
    monkeypatch.setenv("PATH", str(tmp_path))
    assert prepare(source, target) == []
    with pytest.raises(PreflightError, match="git: not installed, but needed to apply patches"):
        prepare(source, target, patches=patches)


def test_a_killed_run_does_not_disturb_the_next(source: Path, target: Path) -> None:
    code = (
        "import os, signal, sys; from pathlib import Path; from pocdeploy.source import app_tree, build_context\n"
        "app_tree.normalise_modes = lambda tree: os.kill(os.getpid(), signal.SIGKILL)\n"
        "build_context.prepare(Path(sys.argv[1]), Path(sys.argv[2]))"
    )
    result = subprocess.run([sys.executable, "-c", code, str(source), str(target)], cwd=ROOT, check=False)
    assert result.returncode == -signal.SIGKILL
    assert (target.parent / ".copy.new").is_dir()
    assert not target.exists()
    prepare(source, target)
    assert [path.name for path in sorted(target.parent.iterdir())] == [".copy.lock", "copy"]


def test_an_unreadable_file_is_named(source: Path, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path, copy: Path) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("shutil.copyfile", refuse)
    with pytest.raises(PatchError, match=r"manage\.py: cannot be copied: Permission denied"):
        prepare(source, target)


@pytest.mark.parametrize(
    ("files", "context", "made"),
    [
        ({"app.py": ""}, None, ["Dockerfile", ".dockerignore"]),
        ({"api/x.py": "", "api/.dockerignore": "own\n"}, "api", ["api/Dockerfile"]),
        ({"Dockerfile": "FROM own\n"}, None, []),
    ],
)
def test_a_source_without_a_dockerfile_gets_the_own_files(
    files: dict[str, str], context: str | None, made: list[str], tmp_path: Path
) -> None:
    source, target = write(tmp_path / "source", files), tmp_path / "target"
    prepare(source, target, own_files={"Dockerfile": "FROM a\n", ".dockerignore": ".git\n"}, context=context)

    assert {name for name in contents(target) if (target / name).is_file()} - files.keys() == {*made}
    assert all((target / name).read_text() == text for name, text in files.items())
