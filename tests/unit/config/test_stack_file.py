"""Files of stacks: how Pulumi reads them, and that commands leave them as they are."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pocdeploy.config import stack_file
from pocdeploy.config.stack_file import without_salt
from pocdeploy.errors import SettingsError
from tests.paths import ROOT

SALT = "encryptionsalt: v1:abc=:v1:def:ghi==\n"
PLAIN = "# why\nconfig:\n  pocdeploy:name:   test # spaced by hand\n"
SECURE = "config:\n  pocdeploy:list:\n    - password:\n        secure: v1:abc\n"


@pytest.mark.parametrize(
    ("name", "expected"),
    [("votes", ("votes", "polls")), ("polls", ("votes", "polls")), ("shop", ("shop", "shop")), ("new", ("new", "new"))],
)
def test_both_names_of_a_renamed_application(tmp_path: Path, name: str, expected: tuple[str, str]) -> None:
    text = "config: {pocdeploy:apps: {shop: , votes: {renamedFrom: polls}}}\n"
    (tmp_path / "Pulumi.dev.yaml").write_text(text)

    assert stack_file.application(tmp_path, "org/dev", name) == expected
    assert stack_file.application(tmp_path, "none", name) == (name, name)


def test_the_configuration_is_read_as_pulumi_reads_it(tmp_path: Path) -> None:
    """The values are those that `pulumi config --json` gave for this file."""
    (tmp_path / "Pulumi.yaml").write_text(
        "name: pocdeploy\nconfig:\n  pocdeploy:a: {default: {x: off}}\n  b: {default: 2}\n  c: {type: x}\n"
    )
    (tmp_path / "Pulumi.dev.yaml").write_text(
        "config:\n  pocdeploy:o: {a: off, b: 12:30, d: 010, f: 1e3, g: ~, h: 1_000, i: yes, j: True, k: 1.10, l: '80',"
        " n: 0x1f, q: .5, t: 0b11, u: +5, w: 1.0, y: y, z: '='}\n"
        "  pocdeploy:e: {env: {X: {secure: v1:abc}}}\n  pocdeploy:b: '3'\n  pocdeploy:secrets: {polls: {A: b}}\n"
    )
    assert stack_file.read(tmp_path, "dev") == {
        "pocdeploy:a": '{"x": "off"}',
        "pocdeploy:b": "3",
        "pocdeploy:o": '{"a": "off", "b": "12:30", "d": 8, "f": 1000, "g": null, "h": 1000, "i": "yes", "j": true, '
        '"k": 1.1, "l": "80", "n": 31, "q": 0.5, "t": 3, "u": 5, "w": 1, "y": "y", "z": "="}',
        "pocdeploy:e": '{"env": {"X": "encrypted"}}',
    }
    assert stack_file.read(tmp_path / "none", "dev") == {}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (PLAIN, PLAIN + SALT, PLAIN),
        (PLAIN, "config:\n    pocdeploy:name: test\n" + SALT, PLAIN),
        (PLAIN + SALT, PLAIN + SALT, PLAIN),
        (PLAIN, PLAIN + "  pocdeploy:new: 1\n" + SALT, PLAIN + "  pocdeploy:new: 1\n"),
        (PLAIN, SECURE + SALT, SECURE + SALT),
        (SECURE, SECURE + SALT, SECURE + SALT),
        (SECURE + SALT, SECURE + SALT, SECURE + SALT),
        (SECURE + SALT, SECURE + "  x: 1\n" + SALT, SECURE + "  x: 1\n" + SALT),
        (PLAIN, PLAIN, PLAIN),
        (None, SALT, None),
        (None, None, None),
        (None, PLAIN + SALT, PLAIN),
        ("", SALT, ""),
        ("a: [broken\n", "a: [broken\n", "a: [broken\n"),
    ],
    ids=[
        "salt added",
        "salt added and reformatted",
        "salt of an earlier run",
        "setting added",
        "secret added",
        "secrets before without a salt",
        "secrets before",
        "secrets before and setting added",
        "unchanged",
        "made for the salt",
        "never there",
        "made with a setting",
        "empty",
        "not YAML",
    ],
)
def test_the_stack_file_loses_only_a_salt_that_protects_nothing(
    tmp_path: Path, before: str | None, after: str | None, expected: str | None
) -> None:
    file = tmp_path / "Pulumi.dev.yaml"
    if before is not None:
        file.write_text(before)
    with without_salt(file):
        if after is not None:
            file.write_text(after)
    assert (file.read_text() if file.exists() else None) == expected


def test_the_salt_goes_even_if_the_run_fails(tmp_path: Path) -> None:
    file = tmp_path / "Pulumi.dev.yaml"
    file.write_text(PLAIN)

    def fail() -> None:
        with without_salt(file):
            file.write_text(PLAIN + SALT)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert file.read_text() == PLAIN


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_salt_goes_without_changing_line_ends(tmp_path: Path, end: str) -> None:
    file = tmp_path / "Pulumi.dev.yaml"
    text = (PLAIN + "  pocdeploy:text: 'no end'").replace("\n", end)
    file.write_bytes((SALT.replace("\n", end) + text).encode())
    with without_salt(file):
        pass
    assert file.read_bytes() == text.encode()


def test_a_file_deleted_during_the_run_stays_deleted(tmp_path: Path) -> None:
    file = tmp_path / "Pulumi.dev.yaml"
    file.write_text(PLAIN)
    with without_salt(file):
        file.unlink()
    assert not file.exists()


@pytest.mark.parametrize(
    ("content", "what", "line"),
    [
        (b"config:\n  a: [hunter2\n", "a bracket in this line is not closed", 2),
        (b"config:\n  a: hunter2\n  a: hunter2\n", "already defined in line 2", 3),
        (b"config: {a: hunter2,\n  'a': b}\n", "already defined in line 1", 2),
        (b"a: hunter2\nb: *hunter2\n", "not valid YAML", 2),
        (b"a: hunter2\nb: hunter2\x07\n", "character that YAML does not allow", 2),
        (b"a: hunter2\n\n\xff: b\n", "not UTF-8", 3),
        (b"a:\n  hunter2: &x\n    b: *x\n", "an anchor contains itself", None),
        (b"? {hunter2: 1}\n: b\n", "key is not a string", 1),
        (b"a: 1\nb: !!int hunter2\n", "does not fit its tag", 2),
        (b"a: {<<: hunter2}\n", "only a map can be merged", 1),
    ],
)
def test_an_unusable_file_is_named_but_never_quoted(
    tmp_path: Path, content: bytes, what: str, line: int | None
) -> None:
    (tmp_path / "Pulumi.dev.yaml").write_bytes(content)
    with pytest.raises(SettingsError) as caught:
        stack_file.read(tmp_path, "dev")

    (finding,) = caught.value.findings
    assert what in finding.what
    assert (finding.where, finding.line) == ("Pulumi.dev.yaml", line)
    editor = f"${{EDITOR:-vi}} {f'+{line} ' if line else ''}Pulumi.dev.yaml"
    assert finding.fix == editor or str(finding.fix).startswith("iconv ")
    assert "hunter2" not in str(caught.value)
    assert stack_file.config(tmp_path, "dev") is None


def test_a_file_that_cannot_be_opened_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.dev.yaml").mkdir()
    with pytest.raises(SettingsError, match="cannot be read"):
        stack_file.read(tmp_path, "dev")


def test_the_files_of_stacks_have_their_names(tmp_path: Path) -> None:
    for name in ("Pulumi.yaml", "Pulumi.pr.7.yaml", "Pulumi.dev.yaml", "Pulumi.dev.yaml.bak"):
        (tmp_path / name).touch()

    assert stack_file.names(tmp_path) == ["dev", "pr.7"]
    assert stack_file.path(tmp_path, "org/pocdeploy/pr.7") == tmp_path / "Pulumi.pr.7.yaml"
    assert stack_file.config(tmp_path, "dev") == {}
    assert stack_file.config(tmp_path, "none") is None


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ({"b": 1, "c": None, "a": 2}, ["b", "a", "d"]),
        (["b"], ["a", "b", "d"]),
        (None, ["a", "b", "d"]),
    ],
)
def test_applications_keep_the_order_of_the_file(written: Any, expected: list[str]) -> None:
    assert list(stack_file.in_written_order({"a": 1, "b": 2, "d": 3}, written)) == expected


def test_a_file_is_replaced_as_a_whole(tmp_path: Path) -> None:
    target, link = tmp_path / "real.yaml", tmp_path / "Pulumi.dev.yaml"
    target.write_text("a: 1\n")
    target.chmod(0o640)
    link.symlink_to(target)
    before = target.stat()
    stack_file.write(link, "a: 1\n")
    assert target.stat() == before

    stack_file.write(link, "a: 2\r\n")
    assert link.is_symlink()
    assert target.read_bytes() == b"a: 2\r\n"
    assert target.stat().st_mode == before.st_mode
    assert sorted(each.name for each in tmp_path.iterdir()) == ["Pulumi.dev.yaml", "real.yaml"]


JSON = st.recursive(
    st.booleans() | st.integers(-(2**40), 2**40) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab:# '0", max_size=4), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=100, deadline=None)
@given(JSON)
def test_what_is_written_is_read(tmp_path_factory: pytest.TempPathFactory, value: Any) -> None:
    root = tmp_path_factory.mktemp("project")
    file = stack_file.path(root, "dev")
    stack_file.write(file, stack_file.document(file).set(("config", "pocdeploy:x"), value).text)

    assert stack_file.read(root, "dev") == {"pocdeploy:x": value if isinstance(value, str) else json.dumps(value)}


def test_a_program_that_needs_no_file_does_not_import_ruamel() -> None:
    program = """
import sys
from pathlib import Path
from pocdeploy.config import load
load({"pocdeploy:apps": '{"polls": {}}', "pocdeploy:secrets": "{}"}, root=Path(), stack="dev")
sys.exit("ruamel.yaml" in sys.modules)
"""
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False).returncode == 0
