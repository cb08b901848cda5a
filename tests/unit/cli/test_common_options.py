"""Options of all commands may stand before and after the command."""

from __future__ import annotations

from typing import Any

import pytest

from pocdeploy.cli.common_options import take_common_options


@pytest.mark.parametrize(
    ("arguments", "rest", "params"),
    [
        (["--json"], [], {"json": True}),
        (["-q", "--diff"], ["--diff"], {"quiet": True}),
        (["-vv"], [], {"verbose": 2}),
        (["-v", "--target", "x", "-v"], ["--target", "x"], {"verbose": 2}),
        (["-v", "9"], ["-v", "9"], {}),
        (["-v=9"], ["-v=9"], {}),
        (["--", "--json", "-q"], ["--", "--json", "-q"], {}),
        (["--jsonx"], ["--jsonx"], {}),
    ],
)
def test_common_options_are_taken_from_behind_the_command(
    arguments: list[str], rest: list[str], params: dict[str, Any]
) -> None:
    found: dict[str, Any] = {}
    assert (take_common_options(found, arguments, own=()), found) == (rest, params)


def test_an_option_of_the_commands_own_is_its_own() -> None:
    found: dict[str, Any] = {}
    assert take_common_options(found, ["--json", "-q"], own={"--json"}) == ["--json"]
    assert found == {"quiet": True}
