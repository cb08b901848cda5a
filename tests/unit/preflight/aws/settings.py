"""Settings of a cluster on AWS."""

from __future__ import annotations

from typing import Any

from pocdeploy.config import EksSettings

PLAIN: dict[str, Any] = {"type": "eks", "region": "eu-central-1", "domain": "polls.example.com"}


def eks(**changed: Any) -> EksSettings:
    """Return the settings with changes; None removes one."""
    return EksSettings.model_validate({key: value for key, value in {**PLAIN, **changed}.items() if value is not None})
