"""Test equipment: the names of metrics in the exporters' own sources, at the pinned versions."""

from __future__ import annotations

import functools
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from components.backend import manifests
from pocdeploy import process
from tests.apiserver.tools import ROOT, BuildError, required

_CNPG = ("crds", "github.com/cloudnative-pg/cloudnative-pg")
_KUBERNETES = ("kube-apiserver", "k8s.io/kubernetes")


@functools.cache
def source(tool: str, module: str) -> Path:
    """Return the folder of a module that ``tools/<tool>`` pins. Skips the test without Go.

    Raises BuildError if it cannot be downloaded.
    """
    if shutil.which("go") is None:
        pytest.skip("no Go to get the exporters' sources with (https://go.dev/doc/install)")
    wanted = f"{module}@v{required(tool)[module]}"
    result = process.run(["go", "mod", "download", "-json", wanted], cwd=ROOT / "tools" / tool)
    if result.code:
        raise BuildError(f"go mod download {wanted}: {(result.stderr or result.stdout).strip()[-1000:]}")
    return Path(json.loads(result.stdout)["Dir"])


def cnpg_queries() -> dict[str, set[str]]:
    """Return each metric of CloudNativePG's default queries, and of this project's: name -> its own labels."""
    text = (source(*_CNPG) / "config" / "manager" / "default-monitoring.yaml").read_text(encoding="utf-8")
    ours = manifests.queries("x", namespace="x", labels={})["data"]["queries"]
    found: dict[str, set[str]] = {}
    for queries in (yaml.safe_load(text)["data"]["queries"], ours):
        for name, query in yaml.safe_load(queries).items():
            columns = {column: about["usage"] for metric in query["metrics"] for column, about in metric.items()}
            labels = {column for column, usage in columns.items() if usage == "LABEL"}
            for column in columns.keys() - labels:
                found.setdefault(f"cnpg_{query.get('name', name)}_{column}", set()).update(labels)
    return found


def cnpg_collector() -> set[str]:
    """Return the metrics that CloudNativePG's exporter has beside the queries."""
    path = "pkg/management/postgres/webserver/metricserver/pg_collector.go"
    names = re.findall(r'Name:\s+"(\w+)"', (source(*_CNPG) / path).read_text(encoding="utf-8"))
    return {f"cnpg_collector_{name}" for name in names}


def traefik() -> set[str]:
    """Return Traefik's metrics: constants that are put together of others."""
    path = source("exporters", "github.com/traefik/traefik/v3") / "pkg" / "observability" / "metrics" / "prometheus.go"
    values: dict[str, str] = {}
    for name, prefix, text in re.findall(
        r'^\t(\w+)\s+= (?:(\w+) \+ )?"(\w+)"$', path.read_text(encoding="utf-8"), re.MULTILINE
    ):
        values[name] = values.get(prefix, "") + text
    return set(values.values())


def kubernetes() -> set[str]:
    """Return the metrics of kubelet, cAdvisor, kube-state-metrics and node-exporter."""
    return {*_kubelet(), *_kube_state_metrics(), *_cadvisor(), *_node_exporter()}


def _kubelet() -> Iterator[str]:
    path = source(*_KUBERNETES) / "test" / "instrumentation" / "documentation" / "documentation-list.yaml"
    for metric in yaml.load(path.read_text(encoding="utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # noqa: S506 -- safe loaders
        yield "_".join(filter(None, (metric.get("namespace"), metric.get("subsystem"), metric["name"])))


def _kube_state_metrics() -> Iterator[str]:
    for page in (source("exporters", "k8s.io/kube-state-metrics/v2") / "docs" / "metrics").rglob("*.md"):
        yield from re.findall(r"^\| (kube_\w+)", page.read_text(encoding="utf-8"), re.MULTILINE)


def _cadvisor() -> Iterator[str]:
    page = source("exporters", "github.com/google/cadvisor") / "docs" / "storage" / "prometheus.md"
    yield from re.findall(r"^`(container_\w+)`", page.read_text(encoding="utf-8"), re.MULTILINE)


def _node_exporter() -> Iterator[str]:
    module = source("exporters", "github.com/prometheus/node_exporter")
    output = module / "collector" / "fixtures" / "e2e-output.txt"
    yield from re.findall(r"^# TYPE (node_\w+)", output.read_text(encoding="utf-8"), re.MULTILINE)
    # Of a kernel older than MemAvailable, which its authors' own dashboards ask for.
    for file in (module / "docs" / "node-mixin").rglob("*.libsonnet"):
        yield from re.findall(r"\b(node_memory_\w+)", file.read_text(encoding="utf-8"))


def prometheus() -> set[str]:
    """Return Prometheus' own metrics of its database, and those that it makes up."""
    folder = source("prometheus", "github.com/prometheus/prometheus") / "tsdb"
    texts = (file.read_text(encoding="utf-8") for file in folder.glob("*.go"))
    return {"up", "ALERTS", *(name for text in texts for name in re.findall(r'"(prometheus_tsdb_\w+)"', text))}
