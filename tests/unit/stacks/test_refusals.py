"""Changes that the deployed stack cannot follow."""

from __future__ import annotations

import pytest

from pocdeploy.config import Settings
from pocdeploy.errors import ExitCode, Finding
from pocdeploy.stacks import refusals
from pocdeploy.stacks.deployed import Deployed
from pocdeploy.stacks.refusals import Facts


def test_all_findings_are_one_error(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [Finding(where=f"pocdeploy:{key}", what="not possible") for key in "ab"]
    monkeypatch.setattr(refusals, "REFUSALS", [lambda *_, it=it: [it] for it in found])
    with pytest.raises(refusals.RefusedError, match=r"2 problems") as error:
        refusals.check(Settings(), Deployed(), Facts())
    assert list(error.value.findings) == found
    assert error.value.exit_code == ExitCode.NOT_READY


def test_a_new_stack_is_never_refused() -> None:
    refusals.check(Settings(), Deployed(), Facts())
