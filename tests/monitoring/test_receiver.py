"""Alertmanager's own tool accepts the configuration of every type of receiver."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from components.monitoring import manifests
from pocdeploy import process
from pocdeploy.config import Monitoring, Receiver
from tests.apiserver.tools import find_or_build
from tests.monitoring import tools

MAIL = {"to": "team@example.com", "sender": "alerts@example.com", "smarthost": "mail.example.com:587"}
RECEIVERS = {
    "nobody": None,
    "webhook": Receiver(type="webhook"),
    "slack": Receiver(type="slack", channel="#alerts"),
    "email": Receiver(type="email", username="alerts", **MAIL),
    "email-without-a-password": Receiver(type="email", **MAIL),
}


@pytest.fixture(scope="session")
def amtool() -> Path:
    return find_or_build(tools.AMTOOL)


def config(receiver: Receiver | None) -> str:
    return manifests.alertmanager_files(Monitoring(profile="full", receiver=receiver))["alertmanager.yaml"]


@pytest.mark.parametrize("name", RECEIVERS)
def test_amtool_accepts_the_configuration(amtool: Path, tmp_path: Path, name: str) -> None:
    file = tmp_path / "alertmanager.yaml"
    file.write_text(config(RECEIVERS[name]), encoding="utf-8")

    result = process.run([str(amtool), "check-config", str(file)])

    assert result.code == 0, result.stderr
    assert "SUCCESS" in result.stdout


def test_amtool_refuses_a_wrong_configuration(amtool: Path, tmp_path: Path) -> None:
    file = tmp_path / "alertmanager.yaml"
    file.write_text(config(RECEIVERS["webhook"]).replace("url_file", "url_fil"), encoding="utf-8")

    assert process.run([str(amtool), "check-config", str(file)]).code != 0


@pytest.mark.parametrize(
    ("labels", "told"),
    [
        (["alertname=AppDown", "severity=critical"], "told"),
        (["alertname=DatabaseFailedOver", "severity=info"], "told"),
        (["alertname=Watchdog", "severity=none"], "nobody"),
    ],
)
def test_who_is_told(amtool: Path, tmp_path: Path, labels: list[str], told: str) -> None:
    file = tmp_path / "alertmanager.yaml"
    file.write_text(config(RECEIVERS["webhook"]), encoding="utf-8")

    result = process.run([str(amtool), "config", "routes", "test", f"--config.file={file}", *labels])

    assert result.stdout.strip() == told


@pytest.mark.parametrize("name", ["webhook", "slack", "email"])
def test_secrets_are_read_from_files_that_the_operator_mounts(name: str) -> None:
    receiver = RECEIVERS[name]
    assert receiver is not None
    told = json.loads(config(receiver))["receivers"][1][f"{name}_configs"][0]
    files = {value for key, value in told.items() if key.endswith("_file")}

    assert files == {f"/etc/alertmanager/secrets/{manifests.ALERTMANAGER_RECEIVER}/{key}" for key in receiver.secrets}
