"""Sources of many kinds get the settings that they need."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pocdeploy.config import frameworks, load_stack, source_files
from pocdeploy.config.apps import AppSettings
from pocdeploy.config.frameworks import with_defaults
from pocdeploy.source.survey.draft import survey
from pocdeploy.stacks.add_application import add_application
from tests.paths import ROOT
from tests.unit.source.survey.sources import SOURCES, drafted

MOST_OF_AN_EXAMPLE = 10
"""Lines of the entry of an application that follows conventions."""
LONGEST = 40
"""Lines of an entry."""


def value(entry: Any, key: str) -> Any:
    for part in key.split("."):
        entry = entry[part] if isinstance(entry, dict) and part in entry else "not set"
    return entry


@pytest.mark.parametrize("kind", SOURCES)
def test_a_source_gets_its_settings(kind: str, tmp_path: Path) -> None:
    source = SOURCES[kind]
    draft = drafted(tmp_path, kind)

    assert {key: value(draft.entry, key) for key in source.entry} == source.entry
    assert [key for key in source.without if value(draft.entry, key) != "not set"] == []
    for words, said in ((source.missing, draft.missing), (source.assumed, draft.assumed)):
        assert [word for word in words if not any(word in sentence for sentence in said)] == [], said


@pytest.mark.parametrize("kind", SOURCES)
def test_the_settings_are_valid_and_few(kind: str, tmp_path: Path) -> None:
    draft = drafted(tmp_path, kind)
    entry = {**draft.entry, "path": str(tmp_path / "source")}
    settings = AppSettings.model_validate(with_defaults("shop", entry, tmp_path))

    assert settings.framework in (*frameworks.names(), frameworks.NONE)
    assert len(draft.entry) < LONGEST
    assert all(reason.strip() for reason in draft.reasons.values())


def test_nothing_is_guessed_of_an_empty_folder(tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()

    draft = survey(source_files.read(tmp_path / "source"), "../source")

    assert draft.entry == {"path": "../source", "framework": "none", "database": False}


def test_a_link_out_of_the_source_is_named_and_not_read(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (tmp_path / "secret.txt").write_text("flask\n")
    (source / "requirements.txt").symlink_to("../secret.txt")

    draft = survey(source_files.read(source), "../source")

    assert draft.entry["framework"] == "none"
    assert any("requirements.txt is a symbolic link" in sentence for sentence in draft.missing)


@pytest.mark.parametrize(
    ("example", "framework", "keys"),
    [
        ("flask-notes", "flask", {"livePath", "readyPath"}),
        ("fastapi-notes", "fastapi", {"command", "livePath", "readyPath", "cron"}),
        ("node-notes", "node", {"livePath", "readyPath", "cron"}),
        ("rails-notes", "rails", {"livePath", "readyPath"}),
    ],
)
def test_an_example_needs_few_lines(example: str, framework: str, keys: set[str]) -> None:
    draft = survey(source_files.read(ROOT / "examples" / example), f"examples/{example}")

    assert draft.entry["framework"] == framework
    assert draft.entry.keys() == {"path", "framework", "database", *keys}
    assert (draft.missing, draft.secrets) == ([], {})


@pytest.mark.parametrize("example", sorted(path.name for path in (ROOT / "examples").iterdir()))
def test_entry_of_an_example_has_at_most_ten_lines(example: str, tmp_path: Path) -> None:
    """As `init` writes it; the process and the scheduled command of the example are there without more lines."""
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    (tmp_path / "Pulumi.yaml").write_text("name: pocdeploy\nruntime: python\n")
    draft = survey(source_files.read(ROOT / "examples" / example), f"examples/{example}")
    file = add_application(tmp_path, "dev", example, draft.entry, draft.reasons)
    text = file.read_text("utf-8")
    entry = text[text.index(f"{example}:") :].splitlines()[1:]
    app = load_stack(tmp_path, "dev").apps[example]

    assert len([line for line in entry if line.strip()]) <= MOST_OF_AN_EXAMPLE, text
    assert app.cron or (ROOT / "examples" / example / "Procfile").is_file()
