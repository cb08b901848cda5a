"""The time limits of a release: a good one always fits."""

from __future__ import annotations

import pytest

from pocdeploy.config import AppSettings
from pocdeploy.release.limits import GRACE, MARGIN, PULL, Limits, limits, patience


def of(*, pods: int = 5, start: int = 60, migrate: int = 900) -> Limits:
    settings = {"replicas": {"max": pods}, "startSeconds": start, "commands": {"migrateSeconds": migrate}}
    return limits(AppSettings.model_validate(settings))


@pytest.mark.parametrize(("pods", "start"), [(5, 25), (5, 60), (2, 5), (100, 600)])
def test_rollout_of_slow_pods_fits(pods: int, start: int) -> None:
    """Each pod takes as long as it may, and has to wait for the place of the one that it replaces."""
    limit = of(pods=pods, start=start)

    assert limit.attempts * (limit.step + MARGIN) >= limit.rollout >= PULL + pods * (start + GRACE)
    assert limit.step >= PULL + start + GRACE


def test_five_pods_of_25_seconds_fit_by_default() -> None:
    limit = limits(AppSettings())

    assert limit.start > 25
    assert limit.attempts * limit.step > PULL + 5 * (25 + GRACE)


def test_bad_release_is_noticed_within_minutes_however_many_pods() -> None:
    assert of(pods=100).step + MARGIN == of(pods=2).step + MARGIN < 200


def test_jobs_have_their_time_after_a_slow_start() -> None:
    limit = of(start=600, migrate=7200)

    assert limit.migration >= 600 + 7200
    assert limit.command > 600
    assert patience(limit.command) == f"{limit.command + MARGIN}s"
