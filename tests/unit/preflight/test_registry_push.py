"""Whether a registry takes a push: open, with a password or a token, by Docker's own configuration."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path
from typing import Any

import pytest

from pocdeploy.preflight import registry_push
from tests.fakeregistry import registry


@pytest.fixture(autouse=True)
def _no_login_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))


def docker_config(folder: Path, content: dict[str, Any]) -> None:
    (folder / "docker").mkdir()
    (folder / "docker" / "config.json").write_text(json.dumps(content))


def test_an_open_registry_takes_a_push_and_nothing_is_left() -> None:
    with registry() as (name, log):
        assert [*registry_push.check(name, "polls")] == []

    assert log == ["POST /v2/team/polls/blobs/uploads/", "DELETE /v2/upload-1"]


@pytest.mark.parametrize("token", ["", "granted"], ids=["basic", "bearer"])
def test_the_right_password_opens_it_and_a_wrong_one_is_a_finding(token: str) -> None:
    with registry(user="me", token=token) as (name, log):
        assert [*registry_push.check(name, "polls", registry_push.Login(username="me", password="right"))] == []
        assert log[-1] == "DELETE /v2/upload-1"
        (wrong,) = registry_push.check(name, "polls", registry_push.Login(username="me", password="canary"))
        (nobody,) = registry_push.check(name, "polls")

    assert "HTTP status 401 (me)" in str(wrong.actual)
    assert "nobody is logged in" in str(nobody.actual)
    assert str(nobody.fix).startswith(f"docker login {name.split('/')[0]}")
    assert wrong.fix == "pulumi config set --secret pocdeploy:registryPassword"
    assert "canary" not in str(wrong)


def test_a_registry_that_lets_in_but_takes_nothing_is_a_finding() -> None:
    with registry(takes=False) as (name, log):
        (finding,) = registry_push.check(name, "polls")

    assert finding.what == "the registry refuses to take team/polls"
    assert "403" in str(finding.actual)
    assert log == ["POST /v2/team/polls/blobs/uploads/"]


def test_a_registry_that_is_not_there_is_a_finding() -> None:
    (finding,) = registry_push.check("localhost:1", "polls")

    assert finding.what == "the registry cannot be reached"


def test_the_login_is_that_of_docker(tmp_path: Path) -> None:
    with registry(user="me") as (name, _):
        auth = base64.b64encode(b"me:right").decode()
        docker_config(tmp_path, {"auths": {name.split("/")[0]: {"auth": auth}}})
        assert [*registry_push.check(name, "polls")] == []


def test_the_login_is_that_of_dockers_helper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    helper = tmp_path / "docker-credential-try"
    helper.write_text('#!/bin/sh\nread server\necho "{\\"Username\\": \\"me\\", \\"Secret\\": \\"right\\"}"\n')
    helper.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    with registry(user="me") as (name, _):
        docker_config(tmp_path, {"credHelpers": {name.split("/")[0]: "try"}})
        assert [*registry_push.check(name, "polls")] == []
        docker_config_missing = {"credHelpers": {name.split("/")[0]: "not-installed"}}
        (tmp_path / "docker" / "config.json").write_text(json.dumps(docker_config_missing))
        (finding,) = registry_push.check(name, "polls")

    assert "credential helper" in finding.what


def test_a_password_is_not_sent_over_a_network_in_clear() -> None:
    assert registry_push._may_have_it("https://registry.example.com/v2/")
    assert registry_push._may_have_it("http://localhost:5000/v2/")
    assert not registry_push._may_have_it("http://registry.example.com:5000/v2/")
