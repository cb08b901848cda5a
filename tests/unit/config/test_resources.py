"""CPU and memory of a container."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from pocdeploy.config.resources import Resources, default_resources


def test_defaults_are_requests_and_limits() -> None:
    assert default_resources("100m", "256Mi", "1", "512Mi").model_dump() == {
        "requests": {"cpu": "100m", "memory": "256Mi"},
        "limits": {"cpu": "1", "memory": "512Mi"},
    }


@pytest.mark.parametrize("request_", [{"cpu": "2", "memory": "256Mi"}, {"cpu": "100m", "memory": "1Gi"}])
def test_requests_above_the_limits_are_refused(request_: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="requests that are at most the limits"):
        Resources.model_validate({"requests": request_, "limits": {"cpu": "1", "memory": "512Mi"}})
