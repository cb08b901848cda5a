"""Provider plugins and charts that have to be downloaded."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

import pytest

from pocdeploy.preflight import checks, packages
from tests.unit.preflight.conftest import HUB, Machine


def remove_plugin(machine: Machine) -> None:
    """Let the installation of the plugin docker be one that was interrupted, and both download sites unreachable."""
    (machine.root / "home/plugins" / f"resource-docker-v{version('pulumi-docker')}.partial").touch()
    machine.statuses = {"https://get.pulumi.com/": None, "https://github.com/": None}


def test_a_missing_plugin_is_a_finding_with_a_command(machine: Machine) -> None:
    remove_plugin(machine)
    plugin, summary = machine.findings(preview=True)
    assert (plugin.where, summary.where) == ("plugin docker", "make up")
    assert str(plugin.fix).startswith(f"pulumi plugin install resource docker v{version('pulumi-docker')} --file ")


def test_github_is_enough_for_a_plugin(machine: Machine) -> None:
    remove_plugin(machine)
    machine.statuses["https://github.com/"] = 302
    assert machine.wheres(preview=True) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PULUMI_DEBUG_PROVIDERS", "random:1234,docker:1235"),
        ("PULUMI_PLUGIN_DOWNLOAD_URL_OVERRIDES", ".*=https://mirror.example"),
    ],
)
def test_a_plugin_can_be_replaced_by_the_environment(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    remove_plugin(machine)
    monkeypatch.setenv(name, value)
    assert machine.wheres(preview=True) == []


def test_a_plugin_in_path_counts_as_installed(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    remove_plugin(machine)
    (tmp_path / "pulumi-resource-docker").touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert machine.wheres(preview=True) == []


def test_settings_decide_what_is_downloaded(machine: Machine) -> None:
    machine.set_cluster(metricsServer=False)
    machine.config["pocdeploy:monitoring"] = {"profile": "off"}
    (machine.root / "traefik.tgz").touch()
    charts = {"cloudnative-pg": "oci://registry.example/charts", "traefik": "traefik.tgz"}
    machine.config["pocdeploy:charts"] = {name: {"source": s, "version": "1.2.3"} for name, s in charts.items()}
    machine.config["pocdeploy:apps"]["polls"] = {
        "database": {"image": "db.example:5000/pg:18"},
        "buildArgs": {"PYTHON_IMAGE": "base.example/python:3"},
    }
    assert machine.findings() == []
    own = {"https://db.example:5000/v2/", "http://db.example:5000/v2/", "https://base.example/v2/"}
    assert set(machine.probed) == {"https://registry.example/v2/", "https://ghcr.io/v2/", HUB, *own}


def test_a_store_of_backups_needs_image_and_chart(machine: Machine) -> None:
    del machine.config["pocdeploy:backups"]  # local is the default on Kind
    machine.statuses, machine.images = {"https://": None}, set()
    wheres = machine.wheres()
    assert {"pocdeploy:charts.plugin-barman-cloud.source", "pocdeploy:backups.image"} < set(wheres)
    machine.config["pocdeploy:apps"] = {"polls": {"database": {"backup": False}}}
    assert not {"pocdeploy:charts.plugin-barman-cloud.source", "pocdeploy:backups.image"} & set(machine.wheres())


def test_an_address_with_a_login_is_neither_used_nor_shown(machine: Machine) -> None:
    source = "https://me:hunter2@charts.example"
    machine.config["pocdeploy:charts"] = {"traefik": {"source": source, "version": "1.2.3"}}
    machine.statuses = {"https://": None}
    assert "hunter2" not in "\n".join(map(str, machine.findings()))
    assert not [url for url in machine.probed if "charts.example" in url]


def test_without_packages_the_lock_has_the_versions(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fresh clone has no packages of the program, and is told of a plugin in seconds."""

    def version(name: str) -> str:
        raise packages.PackageNotFoundError(name)

    monkeypatch.setattr(packages, "version", version)
    assert [*packages.plugins(machine.root)] == []
    (machine.root / "requirements.txt").write_text("pulumi==3.1.0 \\\n    --hash=x\npulumi-docker==5.6.7 \\\n")
    (found,) = packages.plugins(machine.root)
    assert "docker 5.6.7" in found.what


@pytest.mark.parametrize(("go", "expected"), [(False, ["kind"]), (True, [])])
def test_a_tool_without_download_and_go_is_a_finding(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, expected: list[str], *, go: bool
) -> None:
    if go:
        (tmp_path / "go").touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    machine.statuses = {"https://kind.sigs.k8s.io/": None}
    found = checks.problems(machine.root, "dev", missing_tools=("pulumi", "kind"))
    assert [finding.where for finding in found["download"]] == expected
