"""Types of settings that are more than a pattern."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from pocdeploy.config import Settings
from pocdeploy.config.types import quantity


@pytest.mark.parametrize(
    ("text", "number"), [("500m", 0.5), ("2", 2), ("1Ki", 1024), ("1.5Gi", 1.5 * 2**30), ("1M", 1e6)]
)
def test_quantities(text: str, number: float) -> None:
    assert float(quantity(text)) == number


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Settings().monitoring = None  # type: ignore[assignment]
