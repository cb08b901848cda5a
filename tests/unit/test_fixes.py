"""Commands that fix a setting: what a person pastes, and that `pocdeploy set` reads the same values from it."""

from __future__ import annotations

import shlex
import sys
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pocdeploy import fixes
from pocdeploy.config import edit

PREFIX = ".venv/bin/python -m pocdeploy"
VALUES = st.recursive(
    st.booleans() | st.integers(-(2**40), 2**40) | st.text(st.characters(exclude_categories=["Cs", "Cc"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab:# '", max_size=4), inner, max_size=3),
    max_leaves=5,
)


@pytest.mark.parametrize(
    ("command", "text"),
    [
        (fixes.set_value("pocdeploy:cluster.httpPort", 8080), "set cluster.httpPort 8080 --stack dev"),
        (fixes.set_value("apps.a.env.B", "true"), "set apps.a.env.B true --stack dev"),
        (fixes.set_value("apps.a.commands.seed", ["./a b", "yes"]), """set apps.a.commands.seed '["./a b", "yes"]'"""),
        (fixes.set_value("cluster.zones", ["a", "b"]), "set cluster.zones '[a, b]'"),
        (fixes.set_values({"a.b": 1}, remove=("a.c",)), "set a.b 1 --unset a.c --stack dev"),
        (fixes.unset("a.b", 'a["c.d"]'), """unset a.b 'a["c.d"]' --stack dev"""),
        (fixes.move("a.b", "a.c"), "set a.c --from a.b --stack dev"),
        (fixes.set_secret("pocdeploy:secrets.a.B"), "set secrets.a.B --stack dev"),
    ],
)
def test_a_command_is_ready_to_paste(command: str, text: str) -> None:
    assert command.startswith(f"{PREFIX} {text}")


def test_a_command_names_the_stack_of_this_run() -> None:
    with fixes.for_stack("org/pocdeploy/alice"):
        assert fixes.unset("a").endswith("--stack alice")
    assert fixes.unset("a").endswith("--stack dev")


def test_an_installed_command_has_its_own_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["/home/me/.local/bin/pocdeploy", "up"])

    assert fixes.unset("a") == "pocdeploy unset a --stack dev"


@settings(max_examples=200, deadline=None)
@given(VALUES)
def test_a_value_is_read_as_it_was_written(value: Any) -> None:
    typed = shlex.split(fixes.set_value("a.b", value).removeprefix(PREFIX))[2]
    read = edit.parsed(typed)

    # A text that YAML reads as another value is stored as a text where only a text is possible.
    assert value in (read, typed)


@pytest.mark.parametrize(("text", "ambiguous"), [("true", True), ("1.0", True), ("off", True), ("shop", False)])
def test_texts_that_need_quotes_in_a_file_are_known(text: str, *, ambiguous: bool) -> None:
    assert fixes.is_ambiguous(text) is ambiguous


def test_the_editor_opens_the_line() -> None:
    assert fixes.edit("Pulumi.dev.yaml", 3) == "${EDITOR:-vi} +3 Pulumi.dev.yaml"
