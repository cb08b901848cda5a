"""An application is added to a stack file, and all else in it stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from pocdeploy.config import load_stack
from pocdeploy.errors import PocdeployError
from pocdeploy.stacks import create
from pocdeploy.stacks.add_application import add_application, app_name, as_written
from tests.unit.source.trees import write

ENTRY = {"path": "src/shop", "framework": "flask", "env": {"A": "b"}}
REASONS = {("framework",): "flask in requirements.txt", ("env", "A"): "config.py:3"}


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(create, "own_names", lambda *_: ((20000, 20001, 20002), "shop"))
    files = {"Pulumi.yaml": "name: pocdeploy\n", "src/shop/Dockerfile": "FROM a\n", "app/polls/Dockerfile": "FROM a\n"}
    return write(tmp_path, {**files, "app/polls/manage.py": ""})


def test_a_new_file_has_a_cluster_and_the_application(root: Path) -> None:
    file = add_application(root, "shop", "shop", ENTRY, REASONS)

    assert "httpPort: 20000\n" in file.read_text()
    assert "      framework: flask # flask in requirements.txt\n" in file.read_text()
    assert "        A: b # config.py:3\n" in file.read_text()
    assert [*load_stack(root, "shop").apps] == ["shop"]


def test_all_else_in_a_file_stays(root: Path) -> None:
    before = "# mine\r\nconfig:\r\n  pocdeploy:apps:\r\n    polls: { host: localhost } # first\r\n"
    (root / "Pulumi.dev.yaml").write_bytes(before.encode())
    text = add_application(root, "dev", "shop", ENTRY, REASONS).read_bytes().decode()

    assert text.startswith(before)
    assert [*load_stack(root, "dev").apps] == ["polls", "shop"]


def test_the_default_application_of_a_file_stays(root: Path) -> None:
    (root / "Pulumi.dev.yaml").write_text("config:\n  pocdeploy:monitoring: {profile: light}\n")
    add_application(root, "dev", "shop", ENTRY, REASONS)

    assert [*load_stack(root, "dev").apps] == ["polls", "shop"]


@pytest.mark.parametrize("before", [None, "config:\n  pocdeploy:apps:\n    polls: {}\n"])
def test_invalid_settings_leave_the_file_as_it_was(before: str | None, root: Path) -> None:
    file = root / "Pulumi.x.yaml"
    if before:
        file.write_text(before)
    with pytest.raises(PocdeployError):
        add_application(root, "x", "shop", {**ENTRY, "port": 80}, REASONS)

    assert (file.read_text() if file.exists() else None) == before


def test_a_name_that_is_there_is_refused(root: Path) -> None:
    add_application(root, "x", "shop", ENTRY, REASONS)
    before = (root / "Pulumi.x.yaml").read_text()
    with pytest.raises(PocdeployError) as error:
        add_application(root, "x", "shop", ENTRY, REASONS)

    assert error.value.findings[0].fix == "pocdeploy init src/shop --name shop-2 --stack x"
    assert (root / "Pulumi.x.yaml").read_text() == before


@pytest.mark.parametrize(
    ("folder", "name"),
    [("My Shop_2", "my-shop-2"), ("123shop", "shop"), ("2026", "polls"), ("x" * 40, "x" * 30), ("ünï", "n")],
)
def test_the_name_of_a_folder_becomes_a_valid_one(folder: str, name: str, tmp_path: Path) -> None:
    assert app_name(tmp_path / folder) == name


def test_a_near_folder_is_written_relatively(tmp_path: Path) -> None:
    assert as_written(tmp_path / "shop", tmp_path / "project") == "../shop"
    assert as_written(Path("/srv/shop"), Path("/opt/one/two/project")) == "/srv/shop"
