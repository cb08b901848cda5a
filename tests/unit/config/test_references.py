"""References of variables to other ones."""

from __future__ import annotations

from typing import Any

import pytest

from pocdeploy.config import AppSettings
from pocdeploy.config.references import check_references, in_order, names_in
from tests.unit.configuration import Bad, app, assert_refused

BAD: list[Bad] = [
    (app(env={"URL": "http://$(HOSTT)/"}), "apps.polls.env.URL", "one of ALLOWED_HOSTS"),
    (app(env={"BROKER": "$(REDIS_URL)"}), "apps.polls.env.BROKER", "one of ALLOWED_HOSTS"),
    (app(env={"DB": "$(DATABASE_URL)"}, database=False), "apps.polls.env.DB", "one of ALLOWED_HOSTS"),
    (app(env={"M": "$(METRICS_PORT)"}, metricsPort=None), "apps.polls.env.M", "one of ALLOWED_HOSTS"),
    (app(args=["--bind", "$(BIND)"]), "apps.polls.args", "one of ALLOWED_HOSTS"),
    (app(processes={"worker": ["work", "$(QUEUE)"]}), "apps.polls.processes.worker.command", "one of ALLOWED_HOSTS"),
    (app(env={"A": "$(B)", "B": "$(A)"}), "apps.polls.env.A", "that do not lead back"),
    (app(env={"A": "x$(A)"}), "apps.polls.env.A", "that do not lead back"),
]


@pytest.mark.parametrize(("config", "key", "accepted"), BAD)
def test_bad_input_is_refused_with_key_and_fix(config: dict[str, Any], key: str, accepted: str) -> None:
    assert_refused(config, key, accepted)


def test_defined_references_are_accepted() -> None:
    settings = {
        "env": {
            "BROKER": "$(REDIS_URL)/1",
            "DSN": "$(DATABASE_URL)?sslmode=require",
            "TEXT": "$$(NAME)",
            "T": "$(TOKEN)",
        },
        "cache": True,
        "command": "serve --workers $(nproc)",
        "args": ["$(PORT)", "$(SECRET_KEY_BASE)"],
        "secretKeyEnv": "SECRET_KEY_BASE",
    }

    assert check_references({"polls": {"TOKEN": "x"}}, {"polls": AppSettings.model_validate(settings)}) == []


def test_names_are_found_and_escapes_are_not() -> None:
    assert names_in("$(A) $$(B) $$$(C) $D ${E} $(F G) $(date)") == ["A", "C", "date"]


def test_variables_come_after_those_they_refer_to() -> None:
    env = {"A": "$(C)", "B": "x", "C": "$(D)", "D": "y"}

    assert list(in_order({"Z": "1", "A": "2"})) == ["Z", "A"]
    names = list(in_order(env))
    assert names.index("D") < names.index("C") < names.index("A")
