"""Test equipment: Prometheus, promtool and amtool, found or built once with Go."""

from __future__ import annotations

from tests.apiserver.tools import Program

_PROMETHEUS = "github.com/prometheus/prometheus"
RELEASE = "3.15.0"
"""Of Prometheus; its Go module has the version v0.315.0 for 3.15.0."""


def _of_prometheus(name: str) -> Program:
    return Program(
        name=name,
        folder="prometheus",
        module=_PROMETHEUS,
        package=f"{_PROMETHEUS}/cmd/{name}",
        ask="--version",
        stamp="github.com/prometheus/common/version.Version",
        release=RELEASE,
        # Without service discovery in clouds, which takes minutes to compile, and without web pages.
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
