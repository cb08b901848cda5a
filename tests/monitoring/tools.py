"""Test equipment: Prometheus, promtool and amtool, found or built once with Go."""

from __future__ import annotations

from tests.apiserver.tools import Program

_PROMETHEUS = "github.com/prometheus/prometheus"
RELEASE = "3.15.0"
"""Of Prometheus: its module calls version 3.15.0 v0.315.0."""


def _of_prometheus(name: str) -> Program:
    return Program(
        name=name,
        folder="prometheus",
        module=_PROMETHEUS,
        package=f"{_PROMETHEUS}/cmd/{name}",
        ask="--version",
        stamp="github.com/prometheus/common/version.Version",
        release=RELEASE,
        # No clouds to discover targets in, which take minutes to compile; no pages for a browser either.
        tags="remove_all_sd",
    )


PROMETHEUS = _of_prometheus("prometheus")
PROMTOOL = _of_prometheus("promtool")
AMTOOL = Program(
    name="amtool",
    folder="alertmanager",
    module="github.com/prometheus/alertmanager",
    package="github.com/prometheus/alertmanager/cmd/amtool",
    ask="--version",
    stamp="github.com/prometheus/common/version.Version",
)
