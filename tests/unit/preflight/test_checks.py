"""What `up` asks for before it creates anything; Docker and the network are fakes."""

import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from pocdeploy.cli import app, operations
from pocdeploy.config import KindSettings
from pocdeploy.docker import engine, ports
from pocdeploy.errors import Finding, PreflightError
from pocdeploy.preflight import checks, http_probe
from pocdeploy.preflight.downloads import registry_of, registry_urls
from pocdeploy.preflight.http_probe import ProbeResult
from pocdeploy.process import Result
from pocdeploy.stacks.pulumi import Pulumi
from pocdeploy.toolchain import install
from tests import fakecluster
from tests.paths import ROOT

NODE, REGISTRY = KindSettings().node_image, KindSettings().registry_image
BASE = "python:3.13-slim"
CHARTS = {
    "cloudnative-pg": "https://cloudnative-pg.github.io/charts/index.yaml",
    "traefik": "https://traefik.github.io/charts/index.yaml",
    "kube-prometheus-stack": "https://prometheus-community.github.io/helm-charts/index.yaml",
    "metrics-server": "https://kubernetes-sigs.github.io/metrics-server/index.yaml",
}
HUB = "https://registry-1.docker.io/v2/"
NODES = {"https://ghcr.io/v2/", HUB, "https://quay.io/v2/", "https://registry.k8s.io/v2/"}
PLUGINS = ("command", "docker", "kubernetes", "random")


def free_port() -> int:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return int(server.getsockname()[1])


@contextmanager
def listening() -> Iterator[int]:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


@dataclass
class Machine:
    """A project in ``root``, a Docker that knows some images and containers, and a network of ``statuses``."""

    root: Path
    images: set[str] = field(default_factory=lambda: {NODE, REGISTRY, BASE})
    containers: set[str] = field(default_factory=set)
    published: dict[int, str] = field(default_factory=dict)
    info: str = ""
    docker: str = "answers"
    statuses: dict[str, int | None] = field(default_factory=dict)
    """Beginning of the address → status; everything else answers 200."""
    config: dict[str, Any] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    ran: list[Sequence[str]] = field(default_factory=list)

    def run(self, command: Sequence[str], **_: Any) -> Result:
        self.ran.append(command)
        if self.docker == "missing":
            return Result(code=127, stderr="docker: No such file or directory")
        if self.docker == "stopped":
            return Result(code=1, stderr="Cannot connect to the Docker daemon. Is the docker daemon running?")
        if command[1] == "ps":
            port = next(part for part in command if part.startswith("publish=")).removeprefix("publish=")
            return Result(code=0, stdout=self.published.get(int(port), ""))
        if command[1] == "info":
            return Result(code=0, stdout=self.info)
        known = command[-1] in (self.images if command[1] == "image" else self.containers)
        return Result(code=0) if known else Result(code=1, stderr=f"Error: No such {command[1]}: {command[-1]}")

    def probe(self, url: str) -> ProbeResult:
        self.asked.append(url)
        status = next((status for start, status in self.statuses.items() if url.startswith(start)), 200)
        return ProbeResult(status=status) if status is not None else ProbeResult(error="Name or service not known")

    def findings(self, *, preview: bool = False, stack: str = "dev") -> list[Finding]:
        if self.config:
            (self.root / "Pulumi.dev.yaml").write_text(yaml.safe_dump({"config": self.config}))
        try:
            checks.check(self.root, stack, preview=preview, run=self.run, environment=self.environment)
        except PreflightError as error:
            return list(error.findings)
        return []

    def wheres(self, **options: Any) -> list[str]:
        return [finding.where for finding in self.findings(**options)]


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    (tmp_path / "app" / "polls").mkdir(parents=True)
    (tmp_path / "app/polls/Dockerfile").write_text(f"ARG PYTHON_IMAGE={BASE}\nFROM ${{PYTHON_IMAGE}} AS build\n")
    for name in PLUGINS:
        (tmp_path / "home/plugins" / f"resource-{name}-v{version(f'pulumi-{name}')}").mkdir(parents=True)
    cluster = {"name": "shop"} | {key: free_port() for key in ("httpPort", "httpsPort", "registryPort")}
    config = {"pocdeploy:cluster": cluster, "pocdeploy:apps": {"polls": {}}}
    made = Machine(tmp_path, config=config, environment={"PULUMI_HOME": str(tmp_path / "home"), "PATH": ""})
    monkeypatch.setattr(http_probe, "probe", made.probe)
    return made


def test_where_all_is_well_each_address_is_asked_once(machine: Machine) -> None:
    assert machine.findings() == []
    assert sorted(machine.asked) == sorted({*CHARTS.values(), *NODES})


def test_without_a_network_one_message_names_everything_and_two_ways_on(machine: Machine) -> None:
    machine.statuses, machine.images, machine.environment["PULUMI_HOME"] = {"https://": None}, set(), "/nowhere"
    *missing, summary = machine.findings(stack="org/dev")
    assert [finding.where for finding in missing] == [
        *(f"plugin {name}" for name in PLUGINS),
        *(f"pocdeploy:charts.{name}.source" for name in CHARTS),
        "app/polls/Dockerfile",
        "pocdeploy:cluster.nodeImage",
        "pocdeploy:cluster.registryImage",
        *(f"images from {registry}" for registry in ("ghcr.io", "docker.io", "quay.io", "registry.k8s.io")),
    ]
    assert all("docs/airgapped.md" in str(finding.fix) for finding in missing)
    assert all("Name or service not known" in str(finding.actual) for finding in missing)
    assert "15 downloads" in summary.what
    assert "make dev" in str(summary.fix)
    assert sum("get.pulumi.com" in url for url in machine.asked) == 1


def test_a_preview_asks_for_configuration_and_plugins_only(machine: Machine) -> None:
    machine.statuses, machine.environment["PULUMI_HOME"] = {"https://": None}, "/nowhere"
    machine.config["pocdeploy:cluster"]["workers"] = -1
    assert machine.wheres(preview=True) == [
        "pocdeploy:cluster.workers",
        *(f"plugin {name}" for name in PLUGINS),
        "make up",
    ]
    machine.config["pocdeploy:cluster"]["workers"] = 0
    assert machine.wheres(preview=True) == [*(f"plugin {name}" for name in PLUGINS), "make up"]
    assert machine.ran == []


def test_a_cluster_that_exists_needs_no_download_and_has_its_ports(machine: Machine) -> None:
    machine.containers = {"shop-control-plane"}
    machine.statuses, machine.images = {"https://": None}, set()
    with listening() as port:
        machine.config["pocdeploy:cluster"]["httpPort"] = port
        assert machine.findings() == []
    assert machine.asked == []


@pytest.mark.parametrize("how", ["installed", "GitHub", "attached", "in PATH", "other address"])
def test_a_plugin_can_come_from_elsewhere(machine: Machine, how: str, tmp_path: Path) -> None:
    plugin = tmp_path / "home/plugins" / f"resource-docker-v{version('pulumi-docker')}"
    machine.statuses = {"https://get.pulumi.com/": None, "https://github.com/": None}
    if how != "installed":
        plugin.with_name(f"{plugin.name}.partial").touch()  # an installation that was interrupted
        assert machine.wheres(preview=True) == ["plugin docker", "make up"]
    if how == "GitHub":
        machine.statuses["https://github.com/"] = 302
    elif how == "attached":
        machine.environment["PULUMI_DEBUG_PROVIDERS"] = "random:1234,docker:1235"
    elif how == "in PATH":
        machine.environment["PATH"] = str(tmp_path)
        (tmp_path / "pulumi-resource-docker").touch(mode=0o755)
    elif how == "other address":
        machine.environment["PULUMI_PLUGIN_DOWNLOAD_URL_OVERRIDES"] = ".*=https://mirror.example"
    assert machine.wheres(preview=True) == []


CHART, LOGIN = "pocdeploy:charts.traefik.source", "images from quay.io"


@pytest.mark.parametrize(
    ("url", "status", "where"),
    [
        *((CHARTS["traefik"], status, CHART) for status in (400, 401, 403, 404, 407, 502, 503, 504)),
        *((CHARTS["traefik"], status, None) for status in (200, 301, 302, 307)),
        *(("https://quay.io/", status, LOGIN) for status in (302, 403, 404, 407, 500, 502, 503, 504)),
        *(("https://quay.io/", status, None) for status in (200, 401)),
    ],
)
def test_an_error_of_a_proxy_is_not_the_place_itself(
    machine: Machine, url: str, status: int, where: str | None
) -> None:
    machine.statuses = {url: status}
    found = machine.findings()
    assert [finding.where for finding in found] == ([where, "make up"] if where else [])
    assert not where or f"HTTP status {status}" in str(found[0].actual)


def test_only_what_the_settings_ask_for_is_needed(machine: Machine, tmp_path: Path) -> None:
    machine.config["pocdeploy:cluster"] |= {"metricsServer": False}
    machine.config["pocdeploy:monitoring"] = {"profile": "off"}
    (tmp_path / "traefik.tgz").touch()
    charts = {"cloudnative-pg": "oci://registry.example/charts", "traefik": "traefik.tgz"}
    machine.config["pocdeploy:charts"] = {name: {"source": s, "version": "1.2.3"} for name, s in charts.items()}
    machine.config["pocdeploy:apps"]["polls"] = {
        "database": {"image": "db.example:5000/pg:18"},
        "buildArgs": {"PYTHON_IMAGE": "base.example/python:3"},
    }
    assert machine.findings() == []
    own = {"https://db.example:5000/v2/", "http://db.example:5000/v2/", "https://base.example/v2/"}
    assert set(machine.asked) == {"https://registry.example/v2/", "https://ghcr.io/v2/", HUB, *own}


def test_a_registry_without_tls_is_enough_and_a_mirror_is_not_asked(machine: Machine) -> None:
    machine.config["pocdeploy:cluster"] |= {"registryImage": "own.example:5000/registry:3"}
    machine.statuses = {"https://own.example:5000/": None}
    assert machine.findings() == []
    machine.config["pocdeploy:cluster"] |= {"registryMirror": "http://mirror:5000"}
    machine.asked.clear()
    assert machine.findings() == []
    assert not [url for url in machine.asked if "mirror" in url or url in NODES]


def test_a_repository_with_a_login_is_neither_asked_nor_shown(machine: Machine) -> None:
    source = "https://me:hunter2@charts.example"
    machine.config["pocdeploy:charts"] = {"traefik": {"source": source, "version": "1.2.3"}}
    machine.statuses = {"https://": None}
    assert "hunter2" not in "\n".join(map(str, machine.findings()))
    assert not [url for url in machine.asked if "charts.example" in url]


@pytest.mark.parametrize(
    ("docker", "info", "count"),
    [
        ("answers", "", 3),
        ("missing", "", 3),
        ("stopped", "", 0),  # its contents are unknown; another check reports that it is stopped
        ("answers", "https://mirror.example/", 0),
        ("answers", "http.docker.internal:3128", 3),
    ],
)
def test_images_count_as_missing_if_docker_surely_cannot_have_them(
    machine: Machine, docker: str, info: str, count: int
) -> None:
    machine.docker, machine.info, machine.images = docker, info, set()
    machine.statuses = {HUB: None}
    assert sum("is not on this machine" in finding.what for finding in machine.findings()) == count


def test_the_configuration_is_checked_with_all_else_and_shows_no_secret(machine: Machine) -> None:
    machine.environment["PULUMI_HOME"], machine.statuses = "/nowhere", {"https://get": 403, "https://github": None}
    machine.config["pocdeploy:apps"]["polls"] = {"replicas": {"min": 3, "max": 1}}
    machine.config["pocdeploy:secrets"] = {"polls": {"API_KEY": "hunter2", "OTHER": {"secure": "v1:x:hunter3"}}}
    found = machine.findings()
    assert [finding.where for finding in found] == [
        "pocdeploy:apps.polls.replicas",
        "pocdeploy:secrets.polls.API_KEY",
        *(f"plugin {name}" for name in PLUGINS),
        "make up",
    ]
    assert "hunter" not in "\n".join(map(str, found))


def test_a_file_that_is_no_yaml_is_a_finding_without_its_text(machine: Machine) -> None:
    machine.config = {}
    (machine.root / "Pulumi.dev.yaml").write_text("config:\n  a: 1\n password: [hunter2\n")
    (found,) = machine.findings()
    assert (found.where, found.actual) == ("Pulumi.dev.yaml", "line 3")


def test_registries_are_read_from_image_names() -> None:
    names = ["registry:3", "kindest/node:v1@sha256:0", "index.docker.io/a", "ghcr.io/a/b", "localhost/a", "host:5000/a"]
    assert [registry_of(name) for name in names] == [*["docker.io"] * 3, "ghcr.io", "localhost", "host:5000"]
    assert registry_urls("docker.io") == (HUB,)


def test_a_port_in_use_names_key_holder_and_a_free_one(machine: Machine) -> None:
    with listening() as port, listening() as other:
        machine.config["pocdeploy:cluster"] |= {"httpPort": port, "httpsPort": other}
        machine.published = {port: "web\n"}
        first, second = machine.findings()
    assert [finding.where for finding in (first, second)] == [f"pocdeploy:cluster.http{s}Port" for s in ("", "s")]
    assert (first.actual, second.actual) == (f"{port}, used by the container web", str(other))
    assert str(first.fix).startswith("pulumi config set --path 'pocdeploy:cluster.httpPort' ")


def test_suggested_ports_are_free_and_differ(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "is_taken", lambda port: port in {80, 443, 8443, 7000, 7001, 65535})
    wanted = {"a": 7000, "b": 7001, "c": 7002, "http": 80, "https": 443, "d": 8080, "last": 65535}
    fixes = [str(finding.fix).partition("--path ")[2] for finding in ports.taken(wanted, run=machine.run)]
    assert fixes == ["'a' 7003", "'b' 7004", "'http' 8081", "'https' 8444", "'last' 8000"]


@pytest.mark.parametrize(
    ("holder", "free"),
    [("shop-registry", True), ("old-control-plane", True), ("old-registry", True), ("test-control-plane", False)],
)
def test_the_stacks_own_containers_make_room(machine: Machine, holder: str, *, free: bool) -> None:
    for cluster, stack in (("old", "dev"), ("test", "dev2")):
        (machine.root / ".pocdeploy/clusters" / cluster).mkdir(parents=True)
        (machine.root / ".pocdeploy/clusters" / cluster / "owner").write_text(f"{stack} ready 0a1b\n")
    with listening() as port:
        machine.config["pocdeploy:cluster"]["registryPort"] = port
        machine.published = {port: holder}
        assert machine.wheres() == ([] if free else ["pocdeploy:cluster.registryPort"])


def test_a_low_port_that_only_docker_may_bind_is_taken_if_somebody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    class Unprivileged(socket.socket):
        def bind(self, address: Any) -> None:
            raise PermissionError(13, "Permission denied")

    with listening() as port:
        monkeypatch.setattr(ports.socket, "socket", Unprivileged)
        assert ports.is_taken(port)
    assert not ports.is_taken(port)


@pytest.mark.parametrize(("verb", "expected"), [("up", [False]), ("preview", [True]), ("down", [])])
def test_the_commands_check_before_pulumi_and_report_all_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, verb: str, expected: list[bool]
) -> None:
    previews: list[bool] = []

    def check(root: Path, stack: str, *, preview: bool) -> None:
        assert (root, stack) == (tmp_path, "org/dev")
        previews.append(preview)
        raise PreflightError([Finding(where="images", what="are missing")])

    def no_docker(**_: object) -> None:
        raise PreflightError([Finding(where="docker", what="is not installed")])

    monkeypatch.setattr(checks, "check", check)
    monkeypatch.setattr(engine, "check_docker", no_docker)
    monkeypatch.setattr(install, "ensure", lambda *_, **__: None)
    monkeypatch.setattr(operations, "install_program", lambda *_: None)
    monkeypatch.setattr(Pulumi, "run", lambda *_: pytest.fail("Pulumi was started"))
    result = CliRunner().invoke(app.app, ["--root", str(tmp_path), verb, "--stack", "org/dev"])
    assert (result.exit_code, previews) == (2, expected)
    assert f"({1 + len(expected)} problem" in result.stderr
    assert ("images: are missing" in result.stderr) is bool(expected)


@pytest.mark.parametrize("preview", [False, True])
def test_existing_cluster(tmp_path: Path, *, preview: bool) -> None:
    (tmp_path / "app").symlink_to(ROOT / "app")
    objects = [fakecluster.namespace("polls"), fakecluster.node(), fakecluster.storage_class("fast", default=True)]
    with fakecluster.serve(objects) as server:
        fakecluster.write_kubeconfig(tmp_path / "config", server, "theirs")
        registry = {"push": "localhost:1", "username": "me"}
        cluster = {"type": "existing", "context": "theirs", "kubeconfig": "config", "registry": registry}
        config = {"pocdeploy:cluster": cluster, "pocdeploy:registryPassword": {"secure": "v1:x"}}
        (tmp_path / "Pulumi.try.yaml").write_text(yaml.safe_dump({"config": config}))
        environment = {"PULUMI_PLUGIN_DOWNLOAD_URL_OVERRIDES": "x"}
        with pytest.raises(PreflightError) as caught:
            checks.check(tmp_path, "org/try", preview=preview, environment=environment)

    assert [finding.where for finding in caught.value.findings] == ["namespace polls"]
