"""Files, programs and tokens of a kubeconfig."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest
import yaml

from pocdeploy.errors import ClusterError
from pocdeploy.kube import credentials
from pocdeploy.kube.client import KubeconfigError, from_kubeconfig

CREDENTIAL = '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"good"}}'
PLUGIN = {"apiVersion": "client.authentication.k8s.io/v1", "interactiveMode": "Never"}


def program(file: Path, body: str = f"echo '{CREDENTIAL}'") -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"#!/bin/sh\n{body}\n")
    file.chmod(0o755)
    return file


def token_of(folder: Path, user: dict[str, Any]) -> str:
    """Return the token that a client of a kubeconfig with this user sends."""
    config = {
        "clusters": [{"name": "c", "cluster": {"server": "http://127.0.0.1:9"}}],
        "users": [{"name": "u", "user": user}],
        "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "x",
    }
    (folder / "config").write_text(yaml.safe_dump(config))
    return str(from_kubeconfig(folder / "config")._api.configuration.api_key.get("BearerToken"))


@pytest.mark.parametrize("command", ["./bin/token.sh", "bin/token.sh", "{folder}/bin/token.sh"])
def test_a_path_of_a_program_starts_at_the_kubeconfig(tmp_path: Path, command: str) -> None:
    program(tmp_path / "bin/token.sh")

    assert token_of(tmp_path, {"exec": {**PLUGIN, "command": command.format(folder=tmp_path)}}) == "Bearer good"


def test_null_is_nothing(tmp_path: Path) -> None:
    program(tmp_path / "token.sh")
    nothing = dict.fromkeys(["args", "env", "installHint"])

    assert token_of(tmp_path, {"exec": {**PLUGIN, "command": "./token.sh", **nothing}}) == "Bearer good"


def test_the_file_of_a_token_starts_at_the_kubeconfig(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("good\n")

    assert token_of(tmp_path, {"tokenFile": "token"}) == "Bearer good"


def test_a_program_that_is_not_there_is_named_with_its_hint(tmp_path: Path) -> None:
    plugin = {**PLUGIN, "command": "no-such-login", "installHint": "Install no-such-login from x\nmore"}

    with pytest.raises(ClusterError) as caught:
        credentials.complete({"exec": plugin}, tmp_path)

    (finding,) = caught.value.findings
    assert finding.what == "the program that logs in to this cluster is not installed, or not executable"
    assert (finding.actual, finding.expected) == ("no-such-login", "Install no-such-login from x")


def test_the_reason_of_a_program_that_fails_is_shown(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)
    program(tmp_path / "login.sh", 'echo "The SSO session has expired: run aws sso login" >&2; exit 255')

    with pytest.raises(KubeconfigError, match=r"failed: .*The SSO session has expired: run aws sso login"):
        token_of(tmp_path, {"exec": {**PLUGIN, "command": "./login.sh"}})


@pytest.mark.parametrize(
    ("user", "what"),
    [
        ({"token": "canary\n"}, "the token has a line end"),
        ({"token": 20241128}, "the token has a line end, a space at its ends or no quotes"),
        ({"client-key-data": "canary***"}, "client-key-data is not valid base64"),
        ({"client-key": "."}, "client-key refers to a file that cannot be read (Is a directory)"),
        ({"tokenFile": "none"}, "tokenFile refers to a file that cannot be read (No such file or directory)"),
    ],
)
def test_what_no_server_can_get_is_refused(tmp_path: Path, user: dict[str, Any], what: str) -> None:
    with pytest.raises(ClusterError) as caught:
        credentials.complete(user, tmp_path)

    assert what in caught.value.findings[0].what
    assert "canary" not in str(caught.value)
