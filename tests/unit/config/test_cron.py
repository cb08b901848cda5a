"""Lines of a schedule: what Kubernetes accepts, and whether such a time exists."""

from __future__ import annotations

from typing import Any

import pytest

from pocdeploy.config.cron import fault
from tests.unit.configuration import Bad, app, assert_refused


def cron(schedule: Any = "@daily", **more: Any) -> dict[str, Any]:
    return app(cron=[{"name": "clean", "schedule": schedule, "command": "./clean", **more}])


KEY = "apps.polls.cron[0].schedule"
BAD: list[Bad] = [
    (cron(5), KEY, "five fields"),
    (cron(None), KEY, "five fields"),
    (cron(""), KEY, "five fields"),
    (cron("hourly"), KEY, "@hourly"),
    (cron("@reboot"), KEY, "@hourly"),
    (cron("* * * *"), KEY, "this line has 4"),
    (cron("0 0 * * * *"), KEY, "this line has 6"),
    (cron("60 * * * *"), KEY, "minute from 0 to 59"),
    (cron("* 24 * * *"), KEY, "hour from 0 to 23"),
    (cron("* * 0 * *"), KEY, "day of the month from 1 to 31"),
    (cron("* * * 13 *"), KEY, "month from 1 to 12"),
    (cron("* * * * 7"), KEY, "day of the week from 0 to 6"),
    (cron("* * * foo *"), KEY, "month"),
    (cron("*/0 * * * *"), KEY, "minute"),
    (cron("30-10 * * * *"), KEY, "minute"),
    (cron("1,,2 * * * *"), KEY, "minute"),
    (cron("-5 * * * *"), KEY, "minute"),
    (cron("0 0 31 2 *"), KEY, "a day that exists"),
    (cron("0 0 31 4,6 *"), KEY, "a day that exists"),
    (cron("TZ=UTC 0 0 * * *"), KEY, "this line has 6"),
    (cron(timeZone="Berlin"), "apps.polls.cron[0].timeZone", "Europe/Berlin"),
    (cron(timeZone="Local"), "apps.polls.cron[0].timeZone", "Europe/Berlin"),
    (cron(timeZone=2), "apps.polls.cron[0].timeZone", "a string"),
]


@pytest.mark.parametrize(("config", "key", "accepted"), BAD)
def test_bad_input_is_refused_with_key_and_fix(config: dict[str, Any], key: str, accepted: str) -> None:
    assert_refused(config, key, accepted)


@pytest.mark.parametrize(
    "line",
    [
        "@hourly",
        "* * * * *",
        "*/15 0-6 1,15 * mon-fri",
        "5/10 3 29 feb ?",
        "0 0 31 2 1",  # every Monday in February, too
        "0 0 29 2 *",
        "0  12   * JAN-MAR SUN",
    ],
)
def test_lines_of_kubernetes_are_accepted(line: str) -> None:
    assert fault(line) is None
