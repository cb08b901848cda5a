"""Files and directories that settings name."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pocdeploy.config import load
from tests.paths import ROOT
from tests.unit.configuration import Bad, app, assert_refused

BAD: list[Bad] = [
    (app(path="app/nothing"), "apps.polls.path", "a directory"),
    (app(path="README.md"), "apps.polls.path", "a directory"),
    (app(path="docs"), "apps.polls.dockerfile", "a Dockerfile"),
    (app(dockerfile="app/Dockerfile.nothing"), "apps.polls.dockerfile", "a Dockerfile"),
    (app(requirements="nothing.txt"), "apps.polls.requirements", "requirements.txt"),
    (app(patches="pyproject.toml"), "apps.polls.patches", "a directory of .patch files"),
    ({"charts": {"traefik": {"source": "nothing.tgz", "version": "1.0.0"}}}, "charts.traefik.source", ".tgz"),
]


@pytest.mark.parametrize(("config", "key", "accepted"), BAD)
def test_bad_input_is_refused_with_key_and_fix(config: dict[str, Any], key: str, accepted: str) -> None:
    assert_refused(config, key, accepted)


def test_a_patch_directory_may_be_missing() -> None:
    settings = load({"pocdeploy:apps": json.dumps({"polls": {"patches": "patches/none"}})}, root=ROOT)

    assert settings.apps["polls"].patches == "patches/none"
